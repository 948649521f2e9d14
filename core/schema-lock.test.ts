import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import made from '../test/controls/event-schemas/as-zod-made-them.json' with { type: 'json' };
import { kinds } from '../test/controls/event-schemas/kinds.ts';
import { defineAggregate } from './aggregate/aggregate.ts';
import { type EventDefinitions, event } from './aggregate/event.ts';
import { defineApp } from './app.ts';
import {
  type CurrentLock,
  compareLocks,
  lockText,
  parseLock,
  rebased,
  recordedLock,
  type SchemaLock,
  schemaLock,
} from './schema-lock.ts';

interface Extras {
  readonly stateVersion?: number;
  readonly endsWith?: readonly string[];
}

function lockOf(events: EventDefinitions, { stateVersion, endsWith = [] }: Extras = {}) {
  const account = defineAggregate({
    name: 'account',
    events,
    endsWith,
    commands: {},
    initialState: () => 0,
    evolve: {},
    decide: {},
    ...(stateVersion !== undefined && { snapshots: { every: 100, stateVersion } }),
  });
  return schemaLock(defineApp({ aggregates: [account], projections: [] }));
}

const v1 = z.strictObject({ cents: z.int() });
const v2 = z.strictObject({ cents: z.int(), currency: z.string() });
const toV2 = (data: z.output<typeof v1>) => ({ ...data, currency: 'EUR' });
const released = lockOf({ Deposited: event(v1), Opened: event(v1) });

test('E1 the same definitions are neither broken nor new', () => {
  const again = lockOf({ Opened: event(v1), Deposited: event(v1) });
  expect(compareLocks(released, again)).toEqual({ broken: [], unrecorded: [] });
});

test('E1 a new schema version with an upcaster is new, and nothing is broken', () => {
  const grown = lockOf({ Deposited: event(v1).upcast(v2, toV2), Opened: event(v1) });
  expect(compareLocks(released, grown)).toEqual({
    broken: [],
    unrecorded: ['account Deposited schema version 2'],
  });
});

test.each([
  [
    'a schema that changed in place',
    { Deposited: event(v2), Opened: event(v1) },
    /add the new one/,
  ],
  ['a removed event type', { Deposited: event(v1) }, /Bring Opened back/],
  [
    'an event type that was renamed',
    { Deposited: event(v1), Begun: event(v1) },
    /Bring Opened back/,
  ],
])('E1 %s is broken, with the remedy', (_name, events, message) => {
  const { broken } = compareLocks(released, lockOf(events));
  expect(broken.join()).toMatch(message);
});

test('E1 a removed schema version is broken', () => {
  const both = lockOf({ Deposited: event(v1).upcast(v2, toV2), Opened: event(v1) });
  expect(compareLocks(both, lockOf({ Deposited: event(v1), Opened: event(v1) })).broken).toEqual([
    expect.stringContaining('Deposited schema version 2 is gone'),
  ]);
});

describe('E7 of an aggregate with snapshots', () => {
  const before = lockOf({ Deposited: event(v1) }, { stateVersion: 1 });
  const grown = { Deposited: event(v1).upcast(v2, toV2) };

  test('an event that got a new shape asks for a new stateVersion', () => {
    expect(compareLocks(before, lockOf(grown, { stateVersion: 1 })).broken).toEqual([
      'account Deposited schema version 2 is new, and snapshots of account hold states that the shape before led to. Raise stateVersion above 1.',
    ]);
    expect(compareLocks(before, lockOf(grown, { stateVersion: 2 }))).toEqual({
      broken: [],
      unrecorded: ['account Deposited schema version 2', 'account stateVersion 2'],
    });
  });

  test('a new event type asks for none: no snapshot holds it', () => {
    const more = lockOf({ Deposited: event(v1), Opened: event(v1) }, { stateVersion: 1 });
    expect(compareLocks(before, more)).toEqual({
      broken: [],
      unrecorded: ['account Opened schema version 1'],
    });
  });

  test('a stateVersion that goes back would bring old snapshots back', () => {
    const back = compareLocks(lockOf({ Deposited: event(v1) }, { stateVersion: 2 }), before);
    expect(back.broken).toEqual([expect.stringContaining('Raise it above 2')]);
  });

  test('the first snapshots, and a lock that was recorded without, ask only to be recorded', () => {
    expect(
      compareLocks(lockOf({ Deposited: event(v1) }), lockOf(grown, { stateVersion: 1 })),
    ).toEqual({
      broken: [],
      unrecorded: ['account Deposited schema version 2', 'account stateVersion 1'],
    });
  });

  test('recorded shapes are neither broken nor new', () => {
    expect(compareLocks(before, lockOf({ Deposited: event(v1) }, { stateVersion: 1 }))).toEqual({
      broken: [],
      unrecorded: [],
    });
  });
});

describe('E18 the ends of streams', () => {
  const events = { Deposited: event(v1), Opened: event(v1) };
  const ending = lockOf(events, { endsWith: ['Opened'] });

  test('are recorded, also by another zod', () => {
    expect(compareLocks(released, ending)).toEqual({
      broken: [],
      unrecorded: ['account ends with Opened'],
    });
    const stored = parseLock(lockText(recordedLock(released, ending)));
    expect(compareLocks(stored, ending)).toEqual({ broken: [], unrecorded: [] });
    const again = rebased({ ...stored, zod: '4.0.17' }, released);
    expect(compareLocks(again, released).broken).toHaveLength(1);
  });

  test('one that is taken away would open the streams that ended with it', () => {
    expect(compareLocks(ending, released).broken).toEqual([
      'Opened is released as an end of account and no longer is one: streams that ended with it would take commands again. Bring Opened back into endsWith.',
    ]);
    const other = lockOf(events, { endsWith: ['Deposited'] });
    expect(compareLocks(ending, other)).toEqual({
      broken: [expect.stringContaining('Bring Opened back into endsWith')],
      unrecorded: ['account ends with Deposited'],
    });
  });

  test('a further one breaks nothing', () => {
    const both = lockOf(events, { endsWith: ['Deposited', 'Opened'] });
    expect(compareLocks(ending, both)).toEqual({
      broken: [],
      unrecorded: ['account ends with Deposited'],
    });
  });
});

describe('a lock that another release of zod wrote', () => {
  /** Of which an older release writes what no newer one does, so that a person has to look. */
  const corrected: Readonly<Record<string, string>> = {
    'template literal': '4.0.17: a negative number was not matched',
    'local datetime': 'up to 4.4: the seconds could be left out',
  };
  const recorded = Object.entries(made).flatMap(([kind, forms]) =>
    forms.map(({ zod, schema }) => ({ kind, zod, schema })),
  );

  function lockedBy(zod: string, schema: unknown): SchemaLock {
    return { zod, shapes: { account: { Happened: [schema] } }, published: {}, personal: {} };
  }

  function now(kind: string): CurrentLock {
    return lockOf({ Happened: event(kinds[kind] ?? z.never()) });
  }

  test('E12 every kind of schema was recorded', () => {
    expect(Object.keys(made)).toEqual(Object.keys(kinds));
    expect(recorded.length).toBeGreaterThan(Object.keys(kinds).length);
  });

  test.each(recorded.filter(({ kind }) => !(kind in corrected)))(
    'E12 $kind, as zod $zod wrote it, is the same schema',
    ({ kind, zod, schema }) => {
      expect(compareLocks(lockedBy(zod, schema), now(kind)).broken).toEqual([]);
    },
  );

  test.each(Object.keys(corrected))('E13 %s is broken until the lock is rebased', (kind) => {
    const { zod, schema } = recorded.find((one) => one.kind === kind) ?? {};
    const before = lockedBy(zod ?? '', schema);
    expect(compareLocks(before, now(kind)).broken).toHaveLength(1);
    expect(compareLocks(rebased(before, now(kind)), now(kind)).broken).toEqual([]);
  });

  test('E13 rebasing restores no removed shape, and lowers no stateVersion', () => {
    const before = lockOf(
      { Deposited: event(v1).upcast(v2, toV2), Opened: event(v1) },
      { stateVersion: 2 },
    );
    const after = lockOf({ Deposited: event(v1) }, { stateVersion: 1 });
    const again = rebased({ ...before, zod: '4.0.17' }, after);
    expect(compareLocks(again, after).broken).toEqual([
      expect.stringContaining('Deposited schema version 2 is gone'),
      expect.stringContaining('Opened schema version 1 is gone'),
      expect.stringContaining('Raise it above 2'),
    ]);
  });

  /** Schemas that accept the same data, and named formats, whose patterns differ between releases. */
  const equals = [
    ['string', 'refined', 'described', 'branded'],
    ['number', 'piped transform'],
    ['literal of several', 'enum'],
    ['nullable', 'described nullable'],
    ['strict object', 'object', 'prefault'],
    ['record of an enum', 'partial record'],
    ['uuid', 'uuid of version 7', 'guid'],
    ['email', 'email of a pattern'],
    ['url', 'url of a protocol'],
    ['datetime', 'datetime with offset', 'datetime in seconds'],
  ];

  test('E14 a change of a schema is still detected', () => {
    const names = Object.keys(kinds);
    const taken = names.flatMap((one) =>
      names
        .filter((other) => other > one)
        .filter((other) => {
          const [{ schema } = {}] = recorded.filter(({ kind }) => kind === one).slice(-1);
          return compareLocks(lockedBy('4.6.6', schema), now(other)).broken.length === 0;
        })
        .map((other) => [one, other].join(' = ')),
    );
    const expected = equals.flatMap((group) =>
      group.flatMap((one) =>
        group.filter((other) => other > one).map((other) => `${one} = ${other}`),
      ),
    );
    expect(taken.toSorted()).toEqual(expected.toSorted());
  });
});

describe('E14 with one release of zod', () => {
  test.each([
    ['a pattern of a named format', z.uuid(), z.uuidv7()],
    ['a time that may have an offset', z.iso.datetime({ offset: true }), z.iso.datetime()],
    ['a part of a tuple', z.tuple([z.string()]), z.tuple([z.string().optional()])],
  ])('%s is a change', (_name, before, after) => {
    const lock = lockOf({ Happened: event(before) });
    expect(compareLocks(lock, lockOf({ Happened: event(after) })).broken).toHaveLength(1);
  });

  test('annotations are not a change', () => {
    const named = z.strictObject({ cents: z.int().describe('of the euro') });
    const lock = lockOf({ Happened: event(v1) });
    expect(compareLocks(lock, lockOf({ Happened: event(named) })).broken).toEqual([]);
  });
});

test('E15 the file names the release of zod, and a file without it is read', () => {
  const { major, minor, patch } = z.core.version;
  expect(JSON.parse(lockText(released))).toMatchObject({ '@zod': `${major}.${minor}.${patch}` });
  const { compatibilities: _modes, ...stored } = released;
  expect(parseLock(lockText(released))).toEqual(stored);
  const { '@zod': _, ...older } = JSON.parse(lockText(released));
  expect(parseLock(JSON.stringify(older))).toEqual({ ...stored, zod: undefined });
});
