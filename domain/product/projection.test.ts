import { project } from 'ledge/testing';
import { expect, test } from 'vitest';
import { product } from './product.ts';
import { products } from './projection.ts';

const chai = { aggregate: product, id: 'chai' } as const;
const of = { order: 'o-1', quantity: 3 };

test('a product’s row follows its stock', () => {
  const registering = {
    ...chai,
    type: 'ProductRegistered',
    data: { name: 'Chai', priceCents: 1_800 },
  } as const;
  const receiving = { ...chai, type: 'StockReceived', data: { quantity: 5 } } as const;
  const reserving = { ...chai, type: 'StockReserved', data: of } as const;
  const releasing = { ...chai, type: 'StockReleased', data: of } as const;
  const shipping = { ...chai, type: 'StockShipped', data: of } as const;

  const row = { product: 'chai', name: 'Chai', priceCents: 1_800, onHand: 0, reserved: 0 };
  const reserved = [registering, receiving, reserving];
  expect(project(products, [registering])).toEqual({ products: [row] });
  expect(project(products, reserved)).toEqual({ products: [{ ...row, onHand: 5, reserved: 3 }] });
  expect(project(products, [...reserved, releasing])).toEqual({
    products: [{ ...row, onHand: 5 }],
  });
  expect(project(products, [...reserved, shipping])).toEqual({ products: [{ ...row, onHand: 2 }] });
});
