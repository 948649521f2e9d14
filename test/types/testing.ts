/** What a user can and cannot write with the testing kit. Checked by the compiler, never run. */
import { given, project } from '../../core/testing/index.ts';
import { app } from '../shop/app.ts';
import { order } from '../shop/order.ts';
import { product } from '../shop/product.ts';
import type { orders } from '../shop/read-models.ts';
import { products } from '../shop/read-models.ts';
import { type Equal, expectTrue } from './equal.ts';

const chai = { type: 'ProductRegistered', data: { name: 'Chai', priceCents: 1_800 } } as const;
const received = { type: 'StockReceived', data: { quantity: 5 } } as const;
const confirmed = { type: 'OrderConfirmed', data: {} } as const;

/* given */

given(product, [chai, received]);
given(order, [{ type: 'OrderPlaced', schemaVersion: 1, data: { customer: 'ann' } }]);

// @ts-expect-error: that is an event of another aggregate
given(product, [confirmed]);
// @ts-expect-error: a quantity is a number
given(product, [{ type: 'StockReceived', data: { quantity: '5' } }]);
// @ts-expect-error: the newest version needs its data
given(product, [{ type: 'StockReceived' }]);
// @ts-expect-error: no version ever had such an event
given(product, [{ type: 'StockStolen', schemaVersion: 1, data: {} }]);

/* when */

given(product).when('ReceiveStock', { quantity: 5 }, { actor: 'ann', occurredAt: '2026-05-04' });

// @ts-expect-error: there is no such command
given(product).when('StealStock', {});
// @ts-expect-error: a quantity is a number
given(product).when('ReceiveStock', { quantity: '5' });
// @ts-expect-error: a command comes with its data
given(product).when('ReceiveStock');
// @ts-expect-error: the version is that of the events
given(product).when('ReceiveStock', { quantity: 5 }, { version: 3 });

/* then */

const receiving = given(product).when('ReceiveStock', { quantity: 5 });
receiving.then([received]);
receiving.thenRejected('not-registered');

// @ts-expect-error: that is an event of another aggregate
receiving.then([confirmed]);
// @ts-expect-error: receiving is never rejected for this
receiving.thenRejected('out-of-stock');
// @ts-expect-error: details are JSON
receiving.thenRejected('not-registered', new Date());
// @ts-expect-error: there is no such state
receiving.thenState({ status: 'gone' });
// @ts-expect-error: a registered product has a name
receiving.thenState({ status: 'registered' });

export async function awaiting(): Promise<void> {
  // @ts-expect-error: a decision is not a promise, although it has a then
  await receiving;
}

/* project */

const { products: rows } = project(products, [
  { aggregate: product, id: 'chai', ...chai },
  { aggregate: product, id: 'chai', ...received, occurredAt: '2026-05-04T12:00:00.000Z' },
  { aggregate: order, id: 'o-1', ...confirmed },
]);
expectTrue<
  Equal<
    typeof rows,
    { product: string; name: string; priceCents: number; onHand: number; reserved: number }[]
  >
>();
expectTrue<Equal<keyof ReturnType<typeof project<typeof orders, []>>, 'orders'>>();
for (const projection of app.projections) project(projection, []);

// @ts-expect-error: that is an event of another aggregate
project(products, [{ aggregate: product, id: 'chai', ...confirmed }]);
// @ts-expect-error: a quantity is a number
project(products, [{ ...received, aggregate: product, id: 'chai', data: { quantity: '5' } }]);
// @ts-expect-error: an event belongs to an aggregate
project(products, [{ ...received, id: 'chai' }]);
// @ts-expect-error: and to one of its streams
project(products, [{ ...received, aggregate: product }]);
// @ts-expect-error: products has no such table
project(products, []).orders;
