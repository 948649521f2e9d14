/** The customers as a read model. */

import { text } from 'drizzle-orm/sqlite-core';
import { defineProjection, personal, table } from 'ledge';
import { customer } from './customer.ts';

/**
 * One row per customer until it is closed. The name is open, so that a list finds customers by it and sorts by it; the
 * address is only shown, and stays sealed.
 */
export const customers = defineProjection({
  name: 'customers',
  version: 1,
  from: [customer],
  tables: {
    customers: table(
      {
        customer: text().notNull(),
        name: personal(text(), 'customer', { open: true }),
        address: personal(text({ mode: 'json' }).notNull(), 'customer'),
        country: text().notNull(),
      },
      {
        key: ['customer'],
        filters: ['name', 'country'],
        sorts: ['name'],
        indexes: [['name'], ['country']],
      },
    ),
  },
  on: {
    customer: {
      CustomerRegistered: ({ data }, { customers }) => customers.insert(data),
      CustomerMoved: ({ data: { customer, ...home } }, { customers }) =>
        customers.patch({ customer }, { set: home }),
      CustomerClosed: ({ aggregateId }, { customers }) =>
        customers.remove({ customer: aggregateId }),
    },
  },
});
