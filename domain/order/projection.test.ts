import { project } from 'ledge/testing';
import { expect, test } from 'vitest';
import {
  annsCart,
  bobsCart,
  cancelled,
  confirmed,
  inOrder,
  placed,
  shipped,
} from '../../test/reference/orders.ts';
import { orders } from './projection.ts';

const day = '2026-05-04';
const o1 = inOrder('o-1');
const placedAt = `${day}T09:00:00.000Z`;
const placing = { ...o1, ...placed(annsCart, day), occurredAt: placedAt };

const row = {
  order: 'o-1',
  customer: 'ann',
  country: 'Germany',
  status: 'placed',
  lineCount: 2,
  grossCents: 7_608,
  netCents: 7_498,
  placedAt,
  shippedAt: null,
};

test('an order has a row from the moment it is placed', () => {
  expect(project(orders, [placing])).toEqual({ orders: [row] });
});

test('the row has the status of the order', () => {
  const shippedAt = '2026-05-06T00:00:00.000Z';
  const shipping = { ...o1, ...shipped, occurredAt: shippedAt };
  const confirming = { ...o1, ...confirmed };
  expect(project(orders, [placing, confirming]).orders).toEqual([{ ...row, status: 'confirmed' }]);
  expect(project(orders, [placing, confirming, shipping]).orders).toEqual([
    { ...row, status: 'shipped', shippedAt },
  ]);
  expect(project(orders, [placing, { ...o1, ...cancelled(annsCart, day) }]).orders).toEqual([
    { ...row, status: 'cancelled' },
  ]);
});

test('every order has its own row', () => {
  const events = [
    { ...inOrder('o-2'), ...placed(bobsCart, day) },
    placing,
    { ...inOrder('o-2'), ...confirmed },
  ];
  expect(project(orders, events).orders).toMatchObject([
    { order: 'o-1', customer: 'ann', status: 'placed' },
    { order: 'o-2', customer: 'bob', status: 'confirmed' },
  ]);
});

test('an order from before channels has a row too', () => {
  const { channel: _channel, ...data } = placed(annsCart, day).data;
  const events = [{ ...placing, type: 'OrderPlaced', schemaVersion: 1, data }] as const;
  expect(project(orders, events)).toEqual({ orders: [row] });
});
