/** The documentation's read model of months: a row is of one stream, so that no order between streams matters. */
// #region projection
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineProjection, table } from 'ledge';
import { stock } from './stock.ts';

export const stockPeriods = defineProjection({
  name: 'stock-periods',
  version: 1,
  from: [stock],
  tables: {
    periods: table(
      {
        id: text().notNull(),
        product: text().notNull(),
        period: text().notNull(),
        onHand: integer('on_hand').notNull(),
        status: text().notNull(),
      },
      { key: ['id'], indexes: [['product', 'period']] },
    ),
  },
  on: {
    stock: {
      PeriodOpened: ({ aggregateId: id, data: { product, period, onHand } }, { periods }) =>
        periods.insert({ id, product, period, onHand, status: 'open' }),
      StockReceived: ({ aggregateId: id, data }, { periods }) =>
        periods.patch({ id }, { add: { onHand: data.quantity } }),
      StockShipped: ({ aggregateId: id, data }, { periods }) =>
        periods.patch({ id }, { add: { onHand: -data.quantity } }),
      PeriodClosed: ({ aggregateId: id }, { periods }) =>
        periods.patch({ id }, { set: { status: 'closed' } }),
    },
  },
});
// #endregion
