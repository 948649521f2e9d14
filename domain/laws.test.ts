/** The laws of every app, kept by the shop, and one of its own. */
import fc from 'fast-check';
import { historiesOf, lawsOf } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { app } from './app.ts';
import { product } from './product/product.ts';

describe('LW1 D1 D2 D3 D5 the shop keeps the law:', () => {
  for (const law of lawsOf(app, fc)) test(law.name, law.check);
});

test('D4 stock is never promised twice: what is reserved is on the shelf', () => {
  fc.assert(
    fc.property(historiesOf(product, fc), ({ states }) => {
      for (const state of states) {
        if (state.status === 'none') continue;
        expect(state.reserved).toBeGreaterThanOrEqual(0);
        expect(state.onHand).toBeGreaterThanOrEqual(state.reserved);
      }
    }),
    { numRuns: 300 },
  );
});
