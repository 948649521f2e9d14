/** Which changes of released public events `ledge check` refuses, and with which remedy. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { kinds } from '../../test/controls/event-schemas/kinds.ts';
import { defineAggregate } from '../aggregate/aggregate.ts';
import { accept } from '../aggregate/decision.ts';
import { event } from '../aggregate/event.ts';
import { defineApp } from '../app.ts';
import { compareLocks, lockText, parseLock, rebased, schemaLock } from '../schema-lock.ts';
import { personal } from '../sealed/personal.ts';
import { arbitraryOf } from '../testing/laws/arbitrary-of.ts';
import { withoutAnnotations } from '../values/schema-form.ts';
import { definePublication } from './define-publication.ts';
import { type PublicEventDefinitions, publicEvent } from './public-event.ts';
import type { Compatibility } from './publication.ts';
import { gapBetween } from './schema-inclusion.ts';

const order = defineAggregate({
  name: 'order',
  events: { Placed: event(z.strictObject({})) },
  commands: { Place: z.strictObject({}) },
  initialState: () => null,
  evolve: { Placed: () => null },
  decide: { Place: () => accept() },
});

function lockOf(events: PublicEventDefinitions, compatibility?: Compatibility) {
  const shop = definePublication({
    ...{ name: 'shop', from: [order], events, on: {} },
    ...(compatibility && { compatibility }),
  });
  return schemaLock(defineApp({ aggregates: [order], publications: [shop] }));
}

const base = {
  order: z.string(),
  note: z.string().max(20).optional(),
  size: z.enum(['small', 'large']),
  cents: z.int().min(0).max(100),
  lines: z.array(z.strictObject({ product: z.string() })).max(5),
  paid: z.boolean().nullable(),
};

const of = (schema: z.ZodType, version = 1) => ({
  placed: publicEvent(schema as z.ZodType<string>, { version }),
});

const released = lockOf(of(z.strictObject(base)));

/** `wider`: it allows more values than before, `narrower` fewer, `other` both. */
type Direction = 'wider' | 'narrower' | 'other';

const changes: readonly (readonly [string, Direction, z.ZodType])[] = [
  ['a new optional field', 'wider', z.strictObject({ ...base, more: z.string().optional() })],
  ['a new required field', 'other', z.strictObject({ ...base, more: z.string() })],
  ['an optional field without which it is', 'narrower', z.strictObject(base).omit({ note: true })],
  ['a required field without which it is', 'other', z.strictObject(base).omit({ order: true })],
  [
    'a field that may be missing',
    'wider',
    z.strictObject({ ...base, order: z.string().optional() }),
  ],
  [
    'a field that is always there',
    'narrower',
    z.strictObject({ ...base, note: z.string().max(20) }),
  ],
  ['another type', 'other', z.strictObject({ ...base, order: z.int() })],
  [
    'a number that was whole',
    'other',
    z.strictObject({ ...base, cents: z.number().min(1).max(200) }),
  ],
  [
    'a number with fewer bounds',
    'wider',
    z.strictObject({ ...base, cents: z.number().min(0).max(100) }),
  ],
  [
    'one more choice',
    'wider',
    z.strictObject({ ...base, size: z.enum(['small', 'mid', 'large']) }),
  ],
  ['one choice less', 'narrower', z.strictObject({ ...base, size: z.literal('small') })],
  ['a text for a choice', 'wider', z.strictObject({ ...base, size: z.string() })],
  ['a higher bound', 'wider', z.strictObject({ ...base, cents: z.int().min(0).max(101) })],
  ['a lower bound', 'narrower', z.strictObject({ ...base, cents: z.int().min(0).max(99) })],
  ['a bound for a text', 'narrower', z.strictObject({ ...base, order: z.string().max(9) })],
  ['a pattern', 'narrower', z.strictObject({ ...base, order: z.string().regex(/^o-/) })],
  ['longer texts', 'wider', z.strictObject({ ...base, note: z.string().max(21).optional() })],
  [
    'longer lists',
    'wider',
    z.strictObject({ ...base, lines: z.array(z.strictObject({ product: z.string() })).max(6) }),
  ],
  [
    'a field of a list’s items',
    'other',
    z.strictObject({ ...base, lines: z.array(z.strictObject({ id: z.string() })).max(5) }),
  ],
  ['no null', 'narrower', z.strictObject({ ...base, paid: z.boolean() })],
  ['null', 'wider', z.strictObject({ ...base, order: z.string().nullable() })],
  [
    'another alternative',
    'wider',
    z.union([z.strictObject(base), z.strictObject({ id: z.string() })]),
  ],
  ['fields that are not declared', 'wider', z.looseObject(base)],
  [
    'what is personal',
    'other',
    z.strictObject({ ...base, note: personal(z.string().max(20), 'order').optional() }),
  ],
];

const modes: Readonly<Record<Compatibility, readonly Direction[]>> = {
  backward: ['wider'],
  forward: ['narrower'],
  full: [],
};

describe.each(['backward', 'forward', 'full'] as const)(
  'PB14 a %s compatible publication',
  (mode) => {
    test.each(changes)('with %s, which is %s', (_what, direction, schema) => {
      const { broken, unrecorded } = compareLocks(released, lockOf(of(schema), mode));
      expect(broken.length === 0, broken.join()).toBe(modes[mode].includes(direction));
      expect(unrecorded).toEqual(['placed version 1']);
    });

    test('with other annotations, or the same again, is unchanged', () => {
      const described = z.strictObject({ ...base, order: z.string().describe('Its id.') });
      for (const schema of [described, z.strictObject(base)]) {
        expect(compareLocks(released, lockOf(of(schema), mode))).toEqual({
          broken: [],
          unrecorded: [],
        });
      }
    });
  },
);

test('PB14 the default is backward, and a refusal says what differs and what to do', () => {
  const other = z.strictObject({ ...base, size: z.literal('small') });
  expect(compareLocks(released, lockOf(of(other))).broken).toEqual([
    'placed version 1 is released, and its change is not backward compatible: in events that are published already size may be "large", which the new schema refuses. Bring the released schema back, and publish the new one beside it as the next version.',
  ]);
});

test('PB14 a type of two publications keeps to the rules of both', () => {
  const wider = of(z.strictObject({ ...base, more: z.string().optional() }));
  const publication = { from: [order], events: wider, on: {} } as const;
  const publications = [
    definePublication({ ...publication, name: 'a' }),
    definePublication({ ...publication, name: 'b', compatibility: 'forward' }),
  ] as const;
  const both = schemaLock(defineApp({ aggregates: [order], publications }));
  expect(compareLocks(released, both).broken).toEqual([expect.stringContaining('not forward')]);
});

describe('PB15 versions side by side', () => {
  const one = publicEvent(z.strictObject({ order: z.string() }), { version: 1 });
  const old = publicEvent(z.strictObject({ order: z.string() }), {
    ...{ version: 1, deprecated: '2027-06-30' },
  });
  const two = publicEvent(z.strictObject({ id: z.string() }), { version: 2 });
  const both = lockOf({ placed: [one, two] });
  const deprecated = lockOf({ placed: [old, two] });
  const only = lockOf({ placed: two });

  test('a new one is recorded, and so is the date of a deprecated one', () => {
    expect(compareLocks(lockOf({ placed: one }), both)).toEqual({
      ...{ broken: [], unrecorded: ['placed version 2'] },
    });
    expect(compareLocks(both, deprecated)).toEqual({
      ...{ broken: [], unrecorded: ['placed version 1'] },
    });
  });

  test('one goes after the date that was released with it, not before', () => {
    expect(compareLocks(both, only, '2099-01-01').broken).toEqual([
      expect.stringMatching(/^placed version 1 is released and gone.*mark it with deprecated/),
    ]);
    for (const day of ['2026-12-01', '2027-06-30']) {
      expect(compareLocks(deprecated, only, day).broken).toEqual([
        expect.stringContaining('is promised until 2027-06-30'),
      ]);
    }
    expect(compareLocks(deprecated, only, '2027-07-01')).toEqual({
      ...{ broken: [], unrecorded: ['the end of placed version 1'] },
    });
  });

  test('the lock file has them, and one without them is read as ever', () => {
    expect(parseLock(lockText(deprecated)).published).toEqual(deprecated.published);
    const none = schemaLock(defineApp({ aggregates: [order] }));
    expect(lockText(none)).not.toContain('@public');
    expect(parseLock(lockText(none)).published).toEqual({});
    expect(rebased({ ...both, zod: '4.0.17' }, both).published).toEqual(both.published);
  });

  test('a deprecation needs a date', () => {
    const wrong = { version: 1, deprecated: 'soon' } as const;
    expect(() => publicEvent(z.strictObject({}), wrong)).toThrow('soon is no date');
  });
});

describe('PB14 what is found to be included is', () => {
  /** Their schemas in JSON allow more than they do themselves, or no value is made of them. */
  const beyond = /transform|refined|starts and ends|two patterns|jwt|emoji/;
  const named = Object.entries(kinds).filter(([name]) => !beyond.test(name));
  const forms = named.map(([name, schema]) => {
    const json = z.toJSONSchema(schema, { unrepresentable: 'any' });
    return { name, schema, form: withoutAnnotations(json) };
  });
  const pairs = forms.flatMap((wide) =>
    forms
      .filter((narrow) => wide !== narrow && gapBetween(wide.form, narrow.form) === undefined)
      .map((narrow) => ({ wide, narrow, title: `${narrow.name} in ${wide.name}` })),
  );

  test('and there are many such pairs', () => {
    expect(pairs.length).toBeGreaterThan(60);
  });

  test.each(pairs)('$title', ({ wide, narrow }) => {
    const values = fc.sample(arbitraryOf(fc, narrow.name, narrow.schema), 50);
    for (const value of values) {
      const published = narrow.schema.parse(value);
      const read = wide.schema.safeParse(published);
      expect(read.success, JSON.stringify(published)).toBe(true);
    }
  });
});
