/** The state of a product grows by orders, and the work with it, not with its square. */
import { expect, test } from 'vitest';
import { product } from '../../domain/product/product.ts';
import { Folding, RATIO_MAX, ratioOf } from '../node/support/folding.ts';

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
