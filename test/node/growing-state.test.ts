/** States that grow by sources, orders or commands: four times as much is about four times the work, never sixteen. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  type Aggregate,
  asStored,
  defineAggregate,
  evolve,
} from '../../core/aggregate/aggregate.ts';
import { decideCommand } from '../../core/aggregate/decide-command.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event } from '../../core/aggregate/event.ts';
import { proceed } from '../../core/process/effect.ts';
import { command } from '../../core/process/reactor.ts';
import { defineSaga, type Saga } from '../../core/process/saga.ts';
import { action } from '../../core/process/saga-step.ts';
import { defineSteps } from '../../core/process/saga-steps.ts';
import { product } from '../../domain/product/product.ts';

/**
 * Linear growth is a factor of four, and a little more for deeper trees; copying a collection for each event is
 * sixteen.
 */
const RATIO_MAX = 6;

/** Copies are counted and not timed: the count is the same on every machine. */
function ratioOf(copiesFor: (size: number) => number, size: number): number {
  return copiesFor(size * 4) / copiesFor(size);
}

/** How many members the new objects and arrays of a state have; what the state before has too costs nothing. */
function copies(before: unknown, after: unknown): number {
  if (before === after || typeof after !== 'object' || after === null) return 0;
  const known = new Set<unknown>(Object.values(Object(before)));
  const members = Object.entries(after);
  return members.reduce(
    (sum, [key, value]) => (known.has(value) ? sum : sum + copies(Object(before)[key], value)),
    members.length,
  );
}

const context = { now: '2026-05-04T12:00:00.000Z', id: 'x-1', actor: 'ann' } as never;

/** An aggregate's state, and what its events have copied. */
class Folding {
  readonly #aggregate: Aggregate;
  state: unknown;
  copied = 0;

  constructor(aggregate: Aggregate) {
    this.#aggregate = aggregate;
    this.state = aggregate.initialState();
  }

  take(event: { type: string; data: unknown }): void {
    const next = evolve(this.#aggregate, this.state, event);
    this.copied += copies(this.state, next);
    this.state = next;
  }

  /** What a command leads to, as the object does it. */
  execute(name: string, data: unknown): void {
    const decision = decideCommand(this.#aggregate, this.state, { name, data }, context);
    if ('outcome' in decision || decision.decision === 'rejected') {
      throw new Error(JSON.stringify(decision));
    }
    for (const event of decision.events) this.take(asStored(event));
  }
}

const noted = (stream: string, type: string) => ({
  event: { stream, version: 1, type, aggregate: 'note', aggregateId: 'n', data: {} },
});

const note = defineAggregate({
  name: 'note',
  events: { Begun: event(z.strictObject({})), Noted: event(z.strictObject({})) },
  commands: { Note: z.strictObject({ at: z.int() }) },
  initialState: () => null,
  evolve: { Begun: () => null, Noted: () => null },
  decide: { Note: () => accept() },
});

function begun(saga: Saga): Folding {
  const folding = new Folding(saga.aggregate);
  folding.execute('Receive', noted('note/first', 'Begun'));
  return folding;
}

describe('Y22 a saga copies in proportion to', () => {
  test('the streams that it follows', () => {
    const counting = defineSaga({
      name: 'counting',
      version: 1,
      from: [note],
      initialState: () => ({ count: 0 }),
      correlate: { note: { Begun: () => 'x-1', Noted: () => 'x-1' } },
      startedBy: { note: { Begun: (_event, state) => proceed(state) } },
      on: { note: { Noted: (_event, { count }) => proceed({ count: count + 1 }) } },
    });
    const follow = (sources: number) => {
      const folding = begun(counting);
      for (let index = 0; index < sources; index++) {
        folding.execute('Receive', noted(`note/n-${index}`, 'Noted'));
      }
      expect(folding.state).toMatchObject({
        state: { count: sources },
        seen: { size: sources + 1 },
      });
      return folding.copied;
    };
    expect(ratioOf(follow, 1_000)).toBeLessThan(RATIO_MAX);
  }, 60_000);

  test.each([
    ['are accepted', 'accepted', 'completed'],
    ['are rejected', 'rejected', 'compensated'],
  ] as const)(
    'the commands of a step that %s',
    (_how, outcome, end) => {
      const sending = (commands: number) => {
        const saga = defineSteps({
          name: 'sending',
          version: 1,
          from: [note],
          correlate: { note: { Begun: () => 'x-1' } },
          startedBy: { note: { Begun: () => ({}) } },
          steps: [
            {
              name: 'all',
              commands: () =>
                Array.from({ length: commands }, (_, at) =>
                  action(command(note, 'n', 'Note', { at })),
                ),
            },
          ],
        });
        const folding = begun(saga);
        for (let index = 0; index < commands; index++) {
          const settled = { effect: `all/${index}`, attempt: 1, outcome, reason: 'no' };
          folding.execute('Settle', settled);
        }
        expect(folding.state).toMatchObject({ status: end, open: { size: 0 } });
        return folding.copied;
      };
      expect(ratioOf(sending, 250)).toBeLessThan(RATIO_MAX);
    },
    60_000,
  );
});

test('D11 the reference domain copies in proportion to the orders of a product', () => {
  const fold = (orders: number) => {
    const folding = new Folding(product);
    for (const event of orderEvents(orders)) folding.take(event);
    expect(folding.state).toMatchObject({ onHand: 0, reserved: 0, reservations: { size: 0 } });
    return folding.copied;
  };
  expect(ratioOf(fold, 2_000)).toBeLessThan(RATIO_MAX);
}, 60_000);

/** All are reserved before the first is shipped: the most that there can be at once. */
function orderEvents(orders: number) {
  const claims = Array.from({ length: orders }, (_, index) => ({
    order: `o-${index}`,
    quantity: 1,
  }));
  return [
    { type: 'ProductRegistered', data: { name: 'Chai', priceCents: 500 } },
    { type: 'StockReceived', data: { quantity: orders } },
    ...claims.map((data) => ({ type: 'StockReserved', data })),
    ...claims.map((data) => ({ type: 'StockShipped', data })),
  ];
}
