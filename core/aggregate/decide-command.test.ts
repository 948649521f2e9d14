/** `decideCommand` with correct and faulty domains. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { account } from '../../test/controls/account.ts';
import { type Aggregate, defineAggregate } from './aggregate.ts';
import { decideCommand } from './decide-command.ts';
import { accept, type Context, reject, schedule } from './decision.ts';
import { event } from './event.ts';

const context = (): Context => ({
  tenant: 'main',
  id: 'a-1',
  version: 0,
  actor: 'ann',
  now: '2026-01-01T00:00:00.000Z',
  occurredAt: '2026-01-01T00:00:00.000Z',
  newId: () => 'id-1',
});

describe('D20 a command is decided', () => {
  test('to events as they are stored, with their schema version', () => {
    const open = { status: 'open', owner: 'ann', cents: 0 };
    const command = { name: 'Deposit', data: { cents: 5, currency: 'EUR' } };
    expect(decideCommand(account, open, command, context())).toMatchObject({
      decision: 'accepted',
      events: [{ type: 'Deposited', schemaVersion: 3, text: '{"cents":5,"currency":"EUR"}' }],
      timers: [],
    });
  });

  test('to a rejection with its details', () => {
    const open = { status: 'open', owner: 'ann', cents: 3 };
    const command = { name: 'Withdraw', data: { cents: 5 } };
    expect(decideCommand(account, open, command, context())).toEqual({
      decision: 'rejected',
      reason: 'not-enough',
      details: { cents: 3 },
    });
  });

  test.each(['Close', 'constructor', '__proto__'])('not at all where there is no %s', (name) => {
    expect(decideCommand(account, {}, { name, data: {} }, context())).toEqual({
      outcome: 'unknown',
      what: 'command',
      name,
    });
  });

  test('to a failure where its event is too large to be stored', () => {
    const text = 'x'.repeat(300_000);
    expect(decideCommand(note, {}, { name: 'Write', data: { text } }, context())).toMatchObject({
      outcome: 'too-large',
      what: 'event Written',
    });
  });

  test.each([
    ['an event that its schema refuses', 'Misspell', /schema refuses/],
    ['a timer that cannot be kept', 'Remind', /cannot schedule/],
    ['details that JSON cannot hold', 'Refuse', /details that JSON cannot hold/],
  ])('with an error for %s', (_what, name, message) => {
    expect(() => decideCommand(note, {}, { name, data: {} }, context())).toThrow(message);
  });

  test('from frozen data and a frozen context', () => {
    expect(() => decideCommand(note, {}, { name: 'Change', data: {} }, context())).toThrow(
      TypeError,
    );
  });
});

/** Faulty domain code, without the types that would refuse it. */
const note: Aggregate = {
  ...defineAggregate({
    name: 'note',
    events: { Written: event(z.strictObject({ text: z.string() })) },
    commands: { Write: z.strictObject({ text: z.string() }) },
    initialState: () => ({}),
    evolve: { Written: (state) => state },
    decide: { Write: (data) => accept({ type: 'Written', data }) },
  }),
  decide: {
    Write: (data: unknown) => accept({ type: 'Written', data }),
    Misspell: () => accept({ type: 'Written', data: { txt: '' } }),
    Remind: () => accept().with(schedule('r', { at: 'soon', command: 'Write', data: {} })),
    Refuse: () => ({ ...reject('no'), details: { at: new Date(0) } as never }),
    Change: (data: unknown) => {
      Object.assign(Object(data), { changed: true });
      return accept();
    },
  },
};
