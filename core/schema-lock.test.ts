import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineAggregate } from './aggregate.ts';
import { defineApp } from './app.ts';
import { type EventDefinitions, event } from './event.ts';
import { compareLocks, schemaLock } from './schema-lock.ts';

function lockOf(events: EventDefinitions, stateVersion?: number) {
  const account = defineAggregate({
    name: 'account',
    events,
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
  ['an event type that is gone', { Deposited: event(v1) }, /Bring Opened back/],
  [
    'an event type that was renamed',
    { Deposited: event(v1), Begun: event(v1) },
    /Bring Opened back/,
  ],
])('E1 %s is broken, and what to do is said', (_name, events, message) => {
  const { broken } = compareLocks(released, lockOf(events));
  expect(broken.join()).toMatch(message);
});

test('E1 a schema version that is gone is broken', () => {
  const both = lockOf({ Deposited: event(v1).upcast(v2, toV2), Opened: event(v1) });
  expect(compareLocks(both, lockOf({ Deposited: event(v1), Opened: event(v1) })).broken).toEqual([
    expect.stringContaining('Deposited schema version 2 is gone'),
  ]);
});

describe('E7 of an aggregate with snapshots', () => {
  const before = lockOf({ Deposited: event(v1) }, 1);
  const grown = { Deposited: event(v1).upcast(v2, toV2) };

  test('an event that got a new shape asks for a new stateVersion', () => {
    expect(compareLocks(before, lockOf(grown, 1)).broken).toEqual([
      'account Deposited schema version 2 is new, and snapshots of account hold states that the shape before led to. Raise stateVersion above 1.',
    ]);
    expect(compareLocks(before, lockOf(grown, 2))).toEqual({
      broken: [],
      unrecorded: ['account Deposited schema version 2', 'account stateVersion 2'],
    });
  });

  test('a new event type asks for none: no snapshot holds it', () => {
    const more = lockOf({ Deposited: event(v1), Opened: event(v1) }, 1);
    expect(compareLocks(before, more)).toEqual({
      broken: [],
      unrecorded: ['account Opened schema version 1'],
    });
  });

  test('a stateVersion that goes back would bring old snapshots back', () => {
    const back = compareLocks(lockOf({ Deposited: event(v1) }, 2), before);
    expect(back.broken).toEqual([expect.stringContaining('Raise it above 2')]);
  });

  test('the first snapshots, and a lock that was recorded without, ask only to be recorded', () => {
    expect(compareLocks(lockOf({ Deposited: event(v1) }), lockOf(grown, 1))).toEqual({
      broken: [],
      unrecorded: ['account Deposited schema version 2', 'account stateVersion 1'],
    });
  });

  test('what is recorded is neither broken nor new', () => {
    expect(compareLocks(before, lockOf({ Deposited: event(v1) }, 1))).toEqual({
      broken: [],
      unrecorded: [],
    });
  });
});
