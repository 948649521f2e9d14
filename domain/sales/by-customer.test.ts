import { project } from 'ledge/testing';
import { expect, test } from 'vitest';
import { annsCart, bobsCart, cancelled, inOrder, placed } from '../../test/reference/orders.ts';
import { salesByCustomer } from './by-customer.ts';

const first = { ...inOrder('o-1'), ...placed(annsCart, '2026-05-04') };
const second = { ...inOrder('o-2'), ...placed(annsCart, '2026-05-09') };
const takenBack = { ...inOrder('o-2'), ...cancelled(annsCart, '2026-05-09') };

const ann = {
  customer: 'ann',
  orders: 1,
  grossCents: 7_608,
  netCents: 7_498,
  firstOrderDay: '2026-05-04',
  lastOrderDay: '2026-05-04',
};
const both = {
  ...ann,
  orders: 2,
  grossCents: 15_216,
  netCents: 14_996,
  lastOrderDay: '2026-05-09',
};

test('a customer’s orders and money add up, between the first and the last day', () => {
  expect(project(salesByCustomer, [first]).salesByCustomer).toEqual([ann]);
  expect(project(salesByCustomer, [first, second]).salesByCustomer).toEqual([both]);
  expect(project(salesByCustomer, [second, first]).salesByCustomer).toEqual([both]);
});

test('a cancelled order is subtracted from the sums; its days stay', () => {
  expect(project(salesByCustomer, [first, second, takenBack]).salesByCustomer).toEqual([
    { ...ann, lastOrderDay: '2026-05-09' },
  ]);
});

test('every customer has a row', () => {
  const bobs = { ...inOrder('o-3'), ...placed(bobsCart, '2026-05-04') };
  expect(project(salesByCustomer, [bobs, first]).salesByCustomer).toMatchObject([
    { customer: 'ann', orders: 1 },
    { customer: 'bob', orders: 1 },
  ]);
});
