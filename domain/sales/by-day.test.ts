import { project } from 'ledge/testing';
import { expect, test } from 'vitest';
import { annsCart, bobsCart, cancelled, inOrder, placed } from '../../test/reference/orders.ts';
import { salesByDay } from './by-day.ts';

const monday = '2026-05-04';
const tuesday = '2026-05-05';
const anns = { orders: 1, grossCents: 7_608, netCents: 7_498 };
const bobs = { orders: 1, grossCents: 5_400, netCents: 5_400 };

test('every day and country has a row, with the orders that were placed then and there', () => {
  const rows = project(salesByDay, [
    { ...inOrder('o-1'), ...placed(annsCart, tuesday) },
    { ...inOrder('o-2'), ...placed(bobsCart, monday) },
    { ...inOrder('o-3'), ...placed(annsCart, monday) },
    { ...inOrder('o-4'), ...placed(annsCart, monday) },
  ]);
  expect(rows.salesByDay).toEqual([
    { day: monday, country: 'Austria', ...bobs },
    { day: monday, country: 'Germany', orders: 2, grossCents: 15_216, netCents: 14_996 },
    { day: tuesday, country: 'Germany', ...anns },
  ]);
});

test('a cancelled order is subtracted from the day it was placed, whenever it is cancelled', () => {
  const weekLater = '2026-05-11T00:00:00.000Z';
  const rows = project(salesByDay, [
    { ...inOrder('o-1'), ...placed(annsCart, monday) },
    { ...inOrder('o-2'), ...placed(annsCart, monday) },
    { ...inOrder('o-2'), ...cancelled(annsCart, monday), occurredAt: weekLater },
  ]);
  expect(rows.salesByDay).toEqual([{ day: monday, country: 'Germany', ...anns }]);
});

test('a day on which every order was cancelled has a row of zeros', () => {
  const rows = project(salesByDay, [
    { ...inOrder('o-1'), ...placed(bobsCart, monday) },
    { ...inOrder('o-1'), ...cancelled(bobsCart, monday) },
  ]);
  const nothing = { orders: 0, grossCents: 0, netCents: 0 };
  expect(rows.salesByDay).toEqual([{ day: monday, country: 'Austria', ...nothing }]);
});
