/** Access rules over the shop: each kind of grant, in roles of few lines. */
import * as z from 'zod';
import { defineAccess } from '../../../core/access/define-access.ts';
import { defineApp } from '../../../core/app.ts';
import { app } from '../../shop/app.ts';

const ruled = defineApp({ aggregates: app.aggregates, projections: app.projections });

export const shopAccess = defineAccess(ruled, {
  claims: z.object({
    customer: z.string().optional(),
    countries: z.array(z.string()).default([]),
  }),
  roles: {
    customer: {
      commands: {
        order: {
          PlaceOrder: { data: ({ customer }, { claims }) => customer === claims.customer },
          CancelOrder: {
            state: (order, { claims }) =>
              order.status !== 'none' && order.customer === claims.customer,
          },
        },
      },
      read: {
        order: {
          state: (order, { claims }) =>
            order.status !== 'none' && order.customer === claims.customer,
        },
      },
      rows: { orders: { customer: ({ claims }) => claims.customer }, products: 'all' },
    },
    clerk: {
      commands: { order: 'all', product: 'all' },
      read: { order: true },
      rows: { orders: { country: ({ claims }) => claims.countries } },
      journal: ['order'],
      inspect: ['sagas', 'timers'],
      operate: ['dead-letters'],
    },
    /** Its rule holds no longer once its command is executed. */
    packer: {
      commands: { order: { ConfirmOrder: { state: ({ status }) => status === 'placed' } } },
    },
    /** Commands and reads nothing. */
    sender: { commands: { order: { PlaceOrder: true } } },
    importer: { commands: 'all', read: 'all', rows: 'all', journal: 'all', backdate: true },
    broken: {
      commands: {
        order: {
          CancelOrder: {
            state: (state) => {
              Object.assign(state, { status: 'shipped' });
              throw new Error('a bug in a rule, with secret-data');
            },
          },
        },
      },
    },
  },
});
