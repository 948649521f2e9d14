import { givenPublication } from 'ledge/testing';
import { test } from 'vitest';
import {
  annsCart,
  cancelled,
  confirmed,
  inOrder,
  placed,
  shipped,
} from '../../test/reference/orders.ts';
import { day } from '../day/day.ts';
import { shop } from './shop.ts';

const publishing = givenPublication(shop);
const notified = (type: string) => ({ type, version: 1, data: { order: 'o-1' } });

test('a placed order is published without its lines', () => {
  const { customer, country, netCents } = placed(annsCart, '2026-10-02').data;
  publishing.whenEvent({ ...inOrder('o-1'), ...placed(annsCart, '2026-10-02') }).thenPublishes({
    ...{ type: 'shop.order.placed', version: 1 },
    data: { order: 'o-1', customer, country, netCents },
  });
});

test('of the rest of its life the id alone is published: the reason of a cancellation stays private', () => {
  publishing
    .whenEvent({ ...inOrder('o-1'), ...confirmed })
    .thenPublishes(notified('shop.order.confirmed'));
  publishing
    .whenEvent({ ...inOrder('o-1'), ...shipped })
    .thenPublishes(notified('shop.order.shipped'));
  publishing
    .whenEvent({ ...inOrder('o-1'), ...cancelled(annsCart, '2026-10-02') })
    .thenPublishes(notified('shop.order.cancelled'));
});

test('that a day is closed is published under its date', () => {
  publishing
    .whenEvent({ aggregate: day, id: '2026-10-02', type: 'DayClosed', data: {} })
    .thenPublishes({ type: 'shop.day.closed', version: 1, data: { day: '2026-10-02' } });
});
