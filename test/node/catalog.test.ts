/** The catalog of an app, and its Markdown: what is defined, who produces and who consumes. */
import { expect, test } from 'vitest';
import { catalogText } from '../../cli/catalog/catalog-text.ts';
import { catalogOf } from '../../core/catalog/catalog.ts';
import { catalogShape } from '../../core/catalog/catalog-shape.ts';
import { schemaChanges } from '../../core/catalog/schema-changes.ts';
import { fieldsOf } from '../../core/catalog/schema-fields.ts';
import { cataloguedApp } from './support/catalogued-app.ts';

const catalog = catalogOf(cataloguedApp);
const [person] = catalog.aggregates;
const lines = catalogText(catalog).split('\n');

test('CT1 an event has every definition that handles it, and a command every one that declares to send it', () => {
  expect(person?.events.map(({ type, handledBy }) => [type, handledBy])).toEqual([
    [
      'Moved',
      [
        { kind: 'projection', name: 'people' },
        { kind: 'reactor', name: 'follows' },
        { kind: 'saga', name: 'welcome' },
        { kind: 'action', name: 'letter' },
        { kind: 'publication', name: 'town' },
      ],
    ],
    [
      'Gone',
      [
        { kind: 'reactor', name: 'silent' },
        { kind: 'saga', name: 'welcome' },
      ],
    ],
  ]);
  expect(person?.commands.map(({ name, sentBy }) => [name, sentBy])).toEqual([
    ['Move', []],
    [
      'Leave',
      [
        { kind: 'reactor', name: 'follows' },
        { kind: 'inbound', name: 'office' },
        { kind: 'schedule', name: 'nightly' },
      ],
    ],
  ]);
});

test('CT1 what declares nothing is not said to send nothing', () => {
  expect(catalog.reactors.map(({ name, sends }) => [name, sends])).toEqual([
    ['follows', { person: ['Leave'] }],
    ['silent', undefined],
  ]);
  expect(catalog.sagas).toMatchObject([{ startedBy: { person: ['Moved'] }, sends: {} }]);
  expect(lines).toContain('| `silent` | `person/Gone` | not declared |');
  expect(lines.find((line) => line.startsWith('| `welcome`'))).toMatch(/\| nothing \|$/);
  expect(lines).toContain('| `nightly` | `30 2 * * *` | Europe/Zurich | `skip` | `person/Leave` |');
});

test('CT1 every definition of the app is in it, in the shape that is described', () => {
  expect(catalogShape.parse(JSON.parse(JSON.stringify(catalog)))).toEqual(catalog);
  const names = [
    ...catalog.aggregates,
    ...catalog.projections,
    ...catalog.reactors,
    ...catalog.sagas,
    ...catalog.actions,
    ...catalog.publications,
    ...catalog.inbound,
    ...catalog.schedules,
  ].map(({ name }) => name);
  const kinds = Object.values(cataloguedApp).filter(Array.isArray).flat();
  expect(names.toSorted()).toEqual(kinds.map(({ name }) => name).toSorted());
  expect(catalog.projections).toMatchObject([{ version: 3, queries: ['everybody'] }]);
});

test('CT2 every schema version of an event is in it, with the fields that changed', () => {
  const moved = person?.events[0]?.versions;
  expect(moved?.map(({ version, changes }) => [version, changes])).toEqual([
    [1, []],
    [
      2,
      [
        { field: 'name', after: 'string, maxLength 100 | null, of person' },
        { field: 'year', before: 'integer', after: 'string, optional' },
      ],
    ],
  ]);
  expect(lines).toContain(
    'Version 2: `name` is new (`string, maxLength 100 | null, of person`); `year` was `integer`, is `string, optional`.',
  );
  expect(lines).toContain('| `name` | `string, maxLength 100 \\| null` | personal, of `person` |');
});

test('CT2 descriptions, ends and promises are in it', () => {
  const text = lines.join('\n');
  for (const part of [
    '### Command `Move`\n\nA person moves into a house | of the town.',
    '### Event `Gone`, version 1\n\nA person has left the town.\n\nHandled by reactor `silent`, saga `welcome`. Ends its stream.',
    '### Public event `person.moved`, version 1\n\n**Deprecated**, promised until 2027-06-30.',
    '## Inbound `office`\n\nA form of the office.\n\nVerified by a signature of Standard Webhooks. Sends: `person/Leave`.',
    '| `where.street` | `string` | With the number of the house. |',
  ]) {
    expect(text).toContain(part);
  }
});

test('CT2 a consumer with a contract is named beside the version that it uses', () => {
  const uses = [{ type: 'person.moved', version: 2, data: {} }];
  const named = catalogText(catalog, [
    { consumer: 'post', publication: 'town', events: uses },
    { consumer: 'bank', publication: 'town', events: uses },
    { consumer: 'other', publication: 'village', events: uses },
  ]);
  expect(named).toContain('### Public event `person.moved`, version 2\n\nUsed by bank, post.');
  expect(named.match(/Used by/g)).toHaveLength(1);
});

test('CT3 nothing of it is a secret, a tenant, or of Ledge itself', () => {
  const text = JSON.stringify(catalog);
  for (const part of ['_SECRET', 'X-Signature', '"main"', 'ledge.', 'EventReceived']) {
    expect(text).not.toContain(part);
  }
});

test('CT2 the fields of a schema are those of its objects, lists and alternatives', () => {
  const point = { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] };
  const shape = {
    anyOf: [
      {
        type: 'object',
        properties: { kind: { const: 'a' }, at: point, both: { type: 'string' } },
        required: ['kind', 'at', 'both'],
      },
      {
        type: 'object',
        properties: { kind: { const: 'b' }, both: { type: 'integer' } },
        required: ['kind', 'both'],
      },
    ],
  };
  const shown = (schema: object) =>
    fieldsOf(schema).map(
      ({ path, type, isRequired }) => `${path}${isRequired ? '' : '?'}: ${type}`,
    );
  expect(shown(shape)).toEqual([
    'kind: "a" | "b"',
    'at?: object',
    'at.x?: number',
    'both: string | integer',
  ]);
  expect(shown({ type: 'string', format: 'date' })).toEqual([': string, date']);
  expect(shown({})).toEqual([': any']);
  expect(shown({ type: 'object', properties: {} })).toEqual([]);
  const list = { type: 'array', items: point };
  const parts = {
    list,
    map: { type: 'object', additionalProperties: point },
    pair: { type: 'array', prefixItems: [{ type: 'null' }, {}] },
  };
  expect(shown({ type: 'object', properties: parts })).toEqual([
    'list?: list of object',
    'list[].x: number',
    'map?: map of object',
    'pair?: [null; any]',
  ]);
});

test('CT2 a recursive schema ends at its name', () => {
  const tree = {
    type: 'object',
    properties: { inner: { $ref: '#' }, leaf: { $ref: '#/$defs/Leaf' } },
    required: ['inner'],
    $defs: { Leaf: { type: 'object', properties: { next: { $ref: '#/$defs/Leaf' } } } },
  };
  expect(fieldsOf(tree).map(({ path, type }) => [path, type])).toEqual([
    ['inner', '#'],
    ['inner.inner', '#'],
    ['inner.leaf', 'Leaf'],
    ['inner.leaf.next', 'Leaf'],
    ['leaf', 'Leaf'],
    ['leaf.next', 'Leaf'],
  ]);
});

test('CT2 a limit that changed is a change, a description is none', () => {
  const of = (n: object) => ({ type: 'object', properties: { n } });
  const change = (one: object, other: object) => schemaChanges(of(one), of(other));
  const integer = { type: 'integer', minimum: 0 };
  expect(change(integer, { ...integer, description: 'How many.' })).toEqual([]);
  expect(change(integer, { ...integer, minimum: 1 })).toEqual([
    { field: 'n', before: 'integer, minimum 0, optional', after: 'integer, minimum 1, optional' },
  ]);
  expect(schemaChanges(of(integer), { type: 'object' })).toEqual([
    { field: 'n', before: 'integer, minimum 0, optional' },
  ]);
});
