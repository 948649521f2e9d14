import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { account } from '../../test/controls/account.ts';
import { storedEvent } from '../../test/controls/stored-events.ts';
import { event, readEvent, UnknownEvent, upcastData } from './event.ts';

/** Every version appends its letter, so that a skipped or repeated upcaster shows. */
const traced = event(z.strictObject({ trail: z.string() }))
  .upcast(z.strictObject({ trail: z.string() }), ({ trail }) => ({ trail: `${trail}b` }))
  .upcast(z.strictObject({ trail: z.string() }), ({ trail }) => ({ trail: `${trail}c` }))
  .upcast(z.strictObject({ trail: z.string() }), ({ trail }) => ({ trail: `${trail}d` }))
  .upcast(z.strictObject({ steps: z.array(z.string()) }), ({ trail }) => ({ steps: [...trail] }));

describe('upcasting', () => {
  test.each([
    [1, { trail: 'a' }, ['a', 'b', 'c', 'd']],
    [2, { trail: 'ab' }, ['a', 'b', 'c', 'd']],
    [3, { trail: 'abc' }, ['a', 'b', 'c', 'd']],
    [4, { trail: 'abcd' }, ['a', 'b', 'c', 'd']],
    [5, { steps: ['as', 'stored'] }, ['as', 'stored']],
  ])('lifts data of version %i through every later one', (schemaVersion, data, steps) => {
    expect(upcastData({ traced }, { type: 'traced', schemaVersion, data })).toEqual({ steps });
  });

  test('between every two versions gives what the newer one would have stored', () => {
    for (let newest = 1; newest <= 4; newest++) {
      const until = { ...traced, schemaVersions: traced.schemaVersions.slice(0, newest) };
      for (let stored = 1; stored <= newest; stored++) {
        const fact = {
          type: 'traced',
          schemaVersion: stored,
          data: { trail: 'abcd'.slice(0, stored) },
        };
        expect(upcastData({ traced: until }, fact)).toEqual({ trail: 'abcd'.slice(0, newest) });
      }
    }
  });

  test('leaves the stored event as it is', () => {
    const stored = Object.freeze({ trail: 'a' });
    upcastData({ traced }, { type: 'traced', schemaVersion: 1, data: stored });
    expect(stored).toEqual({ trail: 'a' });
  });

  test('new events are stored in the newest version', () => {
    expect(traced.schemaVersion).toBe(5);
    expect(traced.schema.safeParse({ steps: [] }).success).toBe(true);
    expect(traced.schema.safeParse({ trail: '' }).success).toBe(false);
  });
});

describe('reading an event', () => {
  const euros = storedEvent({
    stream: 'account/a-1',
    version: 2,
    type: 'Deposited',
    schemaVersion: 1,
    data: { euros: 1.15 },
  });

  test('lifts its data and takes its stream apart; all else stays as stored', () => {
    expect(readEvent(account.events, euros)).toEqual({
      ...euros,
      aggregate: 'account',
      aggregateId: 'a-1',
      schemaVersion: 3,
      data: { cents: 115, currency: 'EUR' },
    });
  });

  test.each([
    ['an undefined type', { ...euros, type: 'Vanished' }],
    ['a type that every object has', { ...euros, type: 'constructor' }],
    ['a type that is a prototype', { ...euros, type: '__proto__' }],
    ['a schema version newer than the code', { ...euros, schemaVersion: 4 }],
    ['a stream that is none', { ...euros, stream: 'account' }],
  ])('refuses %s', (_title, stored) => {
    const unknown = () => readEvent(account.events, stored);
    expect(unknown).toThrow(UnknownEvent);
    expect(unknown).toThrow(expect.objectContaining({ name: 'UnknownEvent' }));
  });
});
