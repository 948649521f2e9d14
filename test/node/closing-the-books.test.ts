/** The documentation's ledger does what the guide says. In real objects: `test/workers/closing-the-books.test.ts`. */
import { describe, expect, test } from 'vitest';
import { schedule } from '../../core/aggregate/decision.ts';
import { given, givenReactor, project } from '../../core/testing/index.ts';
import { carryForward } from '../../docs/samples/closing-the-books/carry-forward.ts';
import { stockPeriods } from '../../docs/samples/closing-the-books/periods.ts';
import { periodId, stock } from '../../docs/samples/closing-the-books/stock.ts';

const november = { product: 'chai', period: '2026-11', onHand: 10 };
const opened = { type: 'PeriodOpened', data: november } as const;
const received = { type: 'StockReceived', data: { quantity: 5 } } as const;
const shipped = { type: 'StockShipped', data: { quantity: 8 } } as const;
const closed = {
  type: 'PeriodClosed',
  data: { ...november, onHand: 7, received: 5, shipped: 8, next: '2026-12' },
} as const;

describe('CB1 a period', () => {
  test('is opened with a balance and closes itself at its end', () => {
    const at = '2026-12-01T00:00:00Z';
    given(stock)
      .when('OpenPeriod', november)
      .then([opened], [schedule('close', { at, command: 'ClosePeriod', data: {} })]);
    given(stock)
      .when('OpenPeriod', { ...november, period: '2026-12' })
      .then(
        [{ type: 'PeriodOpened', data: { ...november, period: '2026-12' } }],
        [schedule('close', { at: '2027-01-01T00:00:00Z', command: 'ClosePeriod', data: {} })],
      );
  });

  test('is closed once, with its balance, and takes nothing any more', () => {
    given(stock, [opened, received, shipped]).when('ClosePeriod', {}).then([closed]);
    for (const command of ['ReceiveStock', 'ShipStock'] as const) {
      given(stock, [opened, received, shipped, closed])
        .when(command, { quantity: 1 })
        .thenRejected('stream-ended');
    }
  });

  test('ships no more than it has, its opening included', () => {
    given(stock, [opened])
      .when('ShipStock', { quantity: 11 })
      .thenRejected('not-enough', { onHand: 10 });
    given(stock).when('ShipStock', { quantity: 1 }).thenRejected('not-open');
  });
});

test('CB2 the next period opens with the balance', () => {
  givenReactor(carryForward)
    .whenEvent({ aggregate: stock, id: periodId(november), ...closed })
    .thenSends({
      ...{ aggregate: 'stock', id: 'chai.2026-12', command: 'OpenPeriod' },
      data: { product: 'chai', period: '2026-12', onHand: 7 },
    });
});

test('CB2 a row of the read model is of one stream', () => {
  const rows = [opened, received, shipped, closed].map((event) => ({
    ...{ aggregate: stock, id: periodId(november) },
    ...event,
  }));
  expect(project(stockPeriods, rows)).toEqual({
    periods: [
      { id: 'chai.2026-11', product: 'chai', period: '2026-11', onHand: 7, status: 'closed' },
    ],
  });
});
