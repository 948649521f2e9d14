/** The expected state after a command, computed from a shown state. */
import { describe, expect, test } from 'vitest';
import { expectedState } from '../../client/optimism.ts';
import type { Context } from '../../core/aggregate/decision.ts';
import { impureBasket, labelled, mutations } from '../controls/impure.ts';

const now = '2026-01-01T00:00:00.000Z';
const context: Context = {
  tenant: 'main',
  id: 'b-1',
  version: 1,
  actor: 'ann',
  now,
  occurredAt: now,
  newId: () => 'id',
};

describe.each(Object.keys(mutations))('D5 a domain that %s its input', (mutation) => {
  test('does not change the shown state', () => {
    const evolve = labelled('evolve');
    const state = labelled('state');
    const basket = impureBasket({ evolve, state });
    const shown = {
      fillings: [{ items: ['b', 'a'], label: { text: `state ${mutation}` } }],
    };
    const before = JSON.stringify(shown);
    const data = { items: ['d', 'c'], label: { text: 'in place' } };
    const expected = expectedState(basket, 'Fill', data, shown, context);
    expect(expected).toMatchObject({ fillings: [{}, data] });
    expect(expectedState(basket, 'Refuse', {}, shown, context)).toBeUndefined();
    expect(JSON.stringify(shown)).toBe(before);
  });
});
