/** The laws of every app, kept by the shop, and one of its own. */
import fc from 'fast-check';
import { historiesOf, lawsOf } from 'ledge/testing';
import { describe, expect, test } from 'vitest';
import { ann, annsMove } from '../test/reference/people.ts';
import { app } from './app.ts';
import { product } from './product/product.ts';

/** Commands of the stream that the laws are tried on, `customer/a`: all of another customer are rejected. */
const customer = {
  RegisterCustomer: fc.record({
    customer: fc.constantFrom('a', 'b'),
    name: fc.string({ minLength: 1 }).map((text) => `Ann ${text}`.slice(0, 200)),
    address: fc.constantFrom(ann.address, annsMove.address),
    country: fc.constant('Germany'),
  }),
  MoveCustomer: fc.record({
    customer: fc.constantFrom('a', 'b'),
    address: fc.constantFrom(ann.address, annsMove.address),
    country: fc.constantFrom('Austria', 'Germany'),
  }),
};

describe('LW1 D1 D2 D3 D5 the shop keeps the law:', () => {
  for (const law of lawsOf(app, fc, { customer })) test(law.name, law.check);
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
