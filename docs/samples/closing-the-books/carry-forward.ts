/** The documentation's reactor that opens the next month with the balance of the one that was closed. */
// #region reactor
import { command, defineReactor } from 'ledge';
import { periodId, stock } from './stock.ts';

export const carryForward = defineReactor({
  name: 'carry-forward',
  from: [stock],
  on: {
    stock: {
      PeriodClosed: ({ data: { product, next: period, onHand } }) =>
        command(stock, periodId({ product, period }), 'OpenPeriod', { product, period, onHand }),
    },
  },
});
// #endregion
