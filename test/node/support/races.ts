/**
 * Timeout against payment against cancellation, in every possible order of these and of what follows from them: three
 * thousand orders of events, each from a seed of its own. LEDGE_SCALE makes more of them; LEDGE_SEED repeats one run.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  MemoryShop,
  type Outsider,
  outsiders,
  PRODUCTS,
  type ShopUnderTest,
} from './memory-shop.ts';

/** One in two hundred completes: so many miss that once in a million runs. */
const SEEDS = 3_000 * Number(process.env.LEDGE_SCALE ?? 1);
const seed = process.env.LEDGE_SEED;

/** Far more than any story takes. */
const STEPS_MAX = 2_000;

const luck = fc.infiniteStream(fc.nat(1_000_000));
const story = fc.record({ stocked: fc.constantFrom(2, 2, 2, 1), who: fc.subarray([...outsiders]) });

/** Chooses what happens next until nothing can; then time passes, until the saga has ended. */
function runs(shop: MemoryShop, who: readonly Outsider[], next: () => number): void {
  const waiting = [...who];
  for (let step = 0; step < STEPS_MAX; step++) {
    const happenings = shop.happenings();
    const outside = waiting.map((one) => () => {
      waiting.splice(waiting.indexOf(one), 1);
      shop.does(one);
    });
    const possible = [...happenings, ...outside];
    if (possible.length === 0 && shop.hasEnded) return;
    const chosen = possible[next() % Math.max(possible.length, 1)];
    if (chosen) chosen();
    else shop.does('quarter of an hour');
  }
  throw new Error(`It has not ended: ${JSON.stringify(shop.story.instance)}`);
}

/** Everything of the order happened, or nothing of it is left. */
function expectOneOutcome(shop: MemoryShop, stocked: number): string {
  const { status, reason, open, timeouts } = shop.story.instance;
  expect({ open: open.size, timeouts }).toEqual({ open: 0, timeouts: {} });
  const isDone = status === 'completed';
  expect(shop.stateOf('order').status).toBe(isDone ? 'shipped' : 'cancelled');
  expect(shop.stateOf('payment').status === 'captured').toBe(isDone);
  expect(shop.stateOf('shipment').status === 'dispatched').toBe(isDone);
  for (const [index, product] of PRODUCTS.entries()) {
    const received = index < stocked ? 3 : 0;
    const { onHand, reserved } = shop.stateOf('product', product);
    expect({ onHand, reserved }).toEqual({ onHand: isDone ? received - 3 : received, reserved: 0 });
  }
  expect(['completed', 'compensated']).toContain(status);
  return reason ?? status;
}

export function testRaces(tested: ShopUnderTest): void {
  test(`Y12 69 after any race an order has one complete outcome (${SEEDS} seeds)`, () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(story, luck, ({ stocked, who }, numbers) => {
        const shop = new MemoryShop(tested, stocked);
        runs(shop, who, () => numbers.next().value);
        ends.add(expectOneOutcome(shop, stocked));
      }),
      { numRuns: SEEDS, ...(seed !== undefined && { seed: Number(seed) }) },
    );
    // Every way that a fulfilment can end was among them.
    const reasons = ['changed my mind', 'completed', 'failure of pay', 'out-of-stock'];
    expect([...ends]).toEqual(expect.arrayContaining([...reasons, 'timeout of pay']));
  }, 600_000);
}
