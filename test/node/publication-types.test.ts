/** The types of a publication compile without anything else, and say of an event what its schema says. */
import { expect, test } from 'vitest';
import * as z from 'zod';
import { typeText } from '../../cli/publication-types/schema-type.ts';
import { typesText } from '../../cli/publication-types/types-text.ts';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { jsonSchema } from '../../core/sealed/shown-schema.ts';
import { cataloguedApp } from './support/catalogued-app.ts';
import { checkedSnippets } from './support/checked-snippets.ts';

const [town] = catalogOf(cataloguedApp).publications;
if (!town) throw new Error('The app has a publication.');
const text = typesText(town);

/** In one module with the types. */
const CONSUMER = `
export function streetOf(event: TownEvent): string | null {
  switch (event.type) {
    case 'person.moved': {
      const person: string = event.data.person;
      if (isTownEvent(event, 'person.moved/2')) {
        const name: string | null = event.data.name;
        return event.data.home.inside?.street ?? name ?? person;
      }
      return person;
    }
  }
}
`;

/** A change of the consumer that does not compile, and the compiler's message. */
const wrongUses = [
  ["case 'person.moved'", "case 'person.left'", 'is not comparable to type'],
  ["'person.moved/2'", "'person.moved/3'", 'is not assignable to parameter of type'],
  ['data.home.inside', 'data.house.inside', "Property 'house' does not exist"],
  ['string | null = event.data.name', 'string = event.data.name', "'null' is not assignable"],
  [
    '      if (isTownEvent',
    '      event.data.home;\n      if (isTownEvent',
    "'home' does not exist",
  ],
] as const;

/** Values of many schemas: each type takes what its schema gives, and the compiler holds both to each other. */
const schemas = {
  text: z.string().min(1),
  number: z.number(),
  truth: z.boolean(),
  nothing: z.null(),
  choice: z.enum(['a', "b'c", 'd"e']),
  constant: z.literal([1, 'x', true, null]),
  list: z.array(z.union([z.string(), z.int()])),
  lists: z.array(z.array(z.string())),
  pair: z.tuple([z.string(), z.int()]),
  many: z.tuple([z.string()], z.boolean()),
  map: z.record(z.string(), z.int()),
  named: z.record(z.enum(['x', 'y']), z.int()),
  some: z.partialRecord(z.enum(['x', 'y']), z.int()),
  open: z.looseObject({ a: z.string(), 'b-c': z.int().optional() }),
  closed: z.strictObject({
    deep: z.strictObject({ list: z.array(z.strictObject({ a: z.int() })) }),
  }),
  empty: z.strictObject({}),
  either: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('a'), a: z.int() }),
    z.strictObject({ kind: z.literal('b') }),
  ]),
  both: z.intersection(z.strictObject({ a: z.int() }), z.strictObject({ b: z.string() })),
  maybe: z.string().nullable(),
  anything: z.unknown(),
} as const;

const samples: Readonly<Record<keyof typeof schemas, string>> = {
  text: "'a'",
  number: '1.5',
  truth: 'true',
  nothing: 'null',
  choice: `'b\\'c'`,
  constant: 'null',
  list: "['a', 1]",
  lists: "[['a'], []]",
  pair: "['a', 1]",
  many: "['a', true, false]",
  map: '{ x: 1 }',
  named: '{ x: 1, y: 2 }',
  some: '{ x: 1 }',
  open: "{ a: 'a', 'b-c': 1, more: [] }",
  closed: '{ deep: { list: [{ a: 1 }] } }',
  empty: '{}',
  either: "{ kind: 'a', a: 1 }",
  both: "{ a: 1, b: 'b' }",
  maybe: 'null',
  anything: '[{}]',
};

const wrongValues: readonly (readonly [keyof typeof schemas, string])[] = [
  ['text', '1'],
  ['truth', '0'],
  ['choice', "'f'"],
  ['constant', '2'],
  ['list', '[true]'],
  ['lists', "['a']"],
  ['pair', "['a', 1, 2]"],
  ['many', '[]'],
  ['map', "{ x: 'a' }"],
  ['named', '{ x: 1 }'],
  ['some', '{ z: 1 }'],
  ['open', "{ 'b-c': 1 }"],
  ['closed', '{ deep: { list: [{}] } }'],
  ['empty', '{ a: 1 }'],
  ['either', "{ kind: 'b', a: 1 }"],
  ['both', '{ a: 1 }'],
  ['maybe', 'undefined'],
];

function typed(name: keyof typeof schemas, value: string): string {
  const type = typeText(jsonSchema(schemas[name], 'output'), (one) => one);
  return `export const _${name}: ${type} = ${value};`;
}

const version = { version: 1, schema: {}, changes: [] };
const twice = typesText({
  ...town,
  events: ['a.b', 'a-b', '9'].map((type) => ({ type, versions: [version] })),
});
const oddSchema = {
  ...{ type: 'object', description: '*/' },
  properties: { a: { description: 'a */ b\nc' } },
};
const odd = typesText({
  ...town,
  events: [{ type: 'odd', versions: [{ ...version, schema: oddSchema }] }],
});

/** One compiler for all: beginning takes a second. */
const { messages } = checkedSnippets({
  ...{ twice, odd, consumer: text + CONSUMER },
  ...Object.fromEntries(
    wrongUses.map(([right, wrong], index) => [
      `use ${index}`,
      text + CONSUMER.replace(right, wrong),
    ]),
  ),
  // Of the same type, without the field that is optional.
  less: typed('open', "{ a: 'a' }"),
  samples: Object.entries(samples)
    .map(([name, value]) => typed(name as keyof typeof schemas, value))
    .join('\n'),
  ...Object.fromEntries(wrongValues.map(([name, value]) => [`value ${name}`, typed(name, value)])),
});

test('CT7 a consumer compiles with the types alone, and has each version of an event', () => {
  expect(messages('consumer')).toBe('');
  expect(text).not.toContain('import');
});

test.each(wrongUses.map((use, index) => [index, ...use] as const))(
  'CT7 and with %i, %s as %s, it would not',
  (index, right, _wrong, message) => {
    expect(CONSUMER).toContain(right);
    expect(messages(`use ${index}`)).toContain(message);
  },
);

test('CT7 a deprecated version is marked, with its date', () => {
  expect(text).toContain(
    '/** The data of person.moved. Version 1. @deprecated Promised until 2027-06-30. */\nexport type PersonMoved1 =',
  );
  expect(text).toContain('export type PersonMoved2Home =');
});

test('CT7 types that would have one name have two', () => {
  expect([...twice.matchAll(/^export type (\w+) = unknown/gm)].map(([, name]) => name)).toEqual([
    ...['AB1', 'AB1_', 'Event91'],
  ]);
  expect(messages('twice')).toBe('');
});

test('CT7 the type of each kind of schema takes its values', () => {
  expect(messages('samples')).toBe('');
  expect(messages('less')).toBe('');
});

test.each(wrongValues)('CT7 the type of %s does not take %s', (name) => {
  expect(messages(`value ${name}`)).not.toBe('');
});

test('CT7 a description that would end its comment does not', () => {
  expect(messages('odd')).toBe('');
});
