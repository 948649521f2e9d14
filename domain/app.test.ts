/** What holds for every projection of the app, whichever there are. */
import fc from 'fast-check';
import type { Aggregate } from 'ledge';
import { type ProjectedEvent, project } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { cancelled, confirmed, inOrder, placed, shipped } from '../test/reference/orders.ts';
import { ann, closed, ofCustomer } from '../test/reference/people.ts';
import { app } from './app.ts';
import { product } from './product/product.ts';

type History = readonly ProjectedEvent<Aggregate>[];

/** A row that several streams feed has to end the same: a rebuild meets the streams in another order. */
describe('P9 in any order of the streams', () => {
  test.each(app.projections.map((projection) => [projection.name, projection] as const))(
    '%s has the same rows',
    (_name, projection) => {
      fc.assert(
        fc.property(histories(), fc.infiniteStream(fc.nat()), (streams, picks) => {
          const inTurn = project(projection, streams.flat());
          expect(project(projection, interleaved(streams, picks))).toEqual(inTurn);
        }),
        { numRuns: 200 },
      );
    },
  );
});

test('P9 is tried with every event that a read model is made of', () => {
  const recorded = new Set(
    fc
      .sample(histories(), { numRuns: 200, seed: 1 })
      .flatMap((streams) =>
        streams.flat().map(({ aggregate, type }) => `${aggregate.name} ${type}`),
      ),
  );
  const sources = new Set<string>(app.projections.flatMap((projection) => projection.sources));
  const read = app.aggregates.filter(({ name }) => sources.has(name));
  const events = read.flatMap(({ name, events }) =>
    Object.keys(events).map((type) => `${name} ${type}`),
  );
  expect([...recorded].toSorted()).toEqual(events.toSorted());
});

/**
 * The streams' events in an order in which they could arrive: each stream in its own order, interleaved by the picks.
 */
function interleaved(streams: readonly History[], picks: Iterator<number>): History {
  const rest = streams.map((events) => [...events]);
  const met: ProjectedEvent<Aggregate>[] = [];
  while (rest.some((events) => events.length > 0)) {
    const waiting = rest.filter((events) => events.length > 0);
    const next = waiting[picks.next().value % waiting.length]?.shift();
    if (next) met.push(next);
  }
  return met;
}

/** Some streams of every aggregate of the app: few customers, countries and days, so that rows are shared. */
function histories(): fc.Arbitrary<History[]> {
  return fc
    .tuple(
      streamsOf('order', orderHistory),
      streamsOf('product', productHistory),
      streamsOf('customer', customerHistory),
    )
    .map((all) => all.flat());
}

function streamsOf(
  aggregate: string,
  historyOf: (id: string) => fc.Arbitrary<History>,
): fc.Arbitrary<History[]> {
  return fc
    .integer({ min: 2, max: 5 })
    .chain((count) =>
      fc.tuple(...Array.from({ length: count }, (_, index) => historyOf(`${aggregate}-${index}`))),
    );
}

function orderHistory(id: string): fc.Arbitrary<History> {
  const cart = fc.record({
    customer: fc.constantFrom('ann', 'bob'),
    country: fc.constantFrom('Austria', 'Germany'),
    channel: fc.constant('web'),
    lines: fc.array(
      fc.record({
        product: fc.constant('chai'),
        quantity: fc.integer({ min: 1, max: 9 }),
        unitCents: fc.nat({ max: 999 }),
        discountBp: fc.nat({ max: 10_000 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  });
  const day = fc.constantFrom('2026-05-04', '2026-05-05', '2026-05-06');
  const fate = fc.constantFrom('placed', 'confirmed', 'shipped', 'cancelled', 'cancelled late');
  return fc.tuple(cart, day, fate).map(([ordered, placedOn, becomes]) => {
    const common = { ...inOrder(id), occurredAt: `${placedOn}T12:00:00.000Z` };
    const placing = { ...common, ...placed(ordered, placedOn) };
    const confirming = { ...common, ...confirmed };
    const cancelling = { ...common, ...cancelled(ordered, placedOn) };
    switch (becomes) {
      case 'placed':
        return [placing];
      case 'confirmed':
        return [placing, confirming];
      case 'shipped':
        return [placing, confirming, { ...common, ...shipped }];
      case 'cancelled':
        return [placing, cancelling];
      default:
        return [placing, confirming, cancelling];
    }
  });
}

function productHistory(id: string): fc.Arbitrary<History> {
  const common = { aggregate: product, id } as const;
  const registered = { ...common, type: 'ProductRegistered', data: { name: id, priceCents: 1 } };
  const order = fc.constantFrom('order-0', 'order-1');
  const quantity = fc.integer({ min: 1, max: 9 });
  const stock = fc.oneof(
    quantity.map((received) => ({
      ...common,
      type: 'StockReceived',
      data: { quantity: received },
    })),
    fc
      .tuple(fc.constantFrom('StockReserved', 'StockReleased', 'StockShipped'), order, quantity)
      .map(([type, of, many]) => ({ ...common, type, data: { order: of, quantity: many } })),
  );
  return fc.array(stock, { maxLength: 6 }).map((moves) => [registered, ...moves]);
}

function customerHistory(id: string): fc.Arbitrary<History> {
  const { name, ...home } = { ...ann, customer: id };
  const registered = { ...ofCustomer(id), type: 'CustomerRegistered', data: { ...home, name } };
  const move = fc.constantFrom('Austria', 'Germany').map((country) => ({
    ...ofCustomer(id),
    type: 'CustomerMoved',
    data: { ...home, country },
  }));
  const end = fc.constantFrom([], [{ ...ofCustomer(id), ...closed }]);
  return fc
    .tuple(fc.array(move, { maxLength: 3 }), end)
    .map(([moves, ending]) => [registered, ...moves, ...ending]);
}
