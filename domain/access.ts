/** The permissions of each role. What no role grants is refused. */
import { defineAccess } from 'ledge';
import * as z from 'zod';
import { app } from './app.ts';

export const access = defineAccess(app, {
  claims: z.object({
    /** The customer that a person orders for. */
    customer: z.string().optional(),
    /** The countries that a clerk works for. */
    countries: z.array(z.string()).default([]),
  }),
  roles: {
    // #region customer
    /** A person in the web shop: their own orders, name and address. */
    customer: {
      commands: {
        order: {
          PlaceOrder: {
            data: ({ customer, channel }, { claims }) =>
              customer === claims.customer && channel === 'web',
          },
          CancelOrder: {
            state: (state, { claims }) =>
              state.status !== 'none' && state.customer === claims.customer,
          },
        },
        customer: {
          RegisterCustomer: { data: ({ customer }, { claims }) => customer === claims.customer },
          MoveCustomer: { data: ({ customer }, { claims }) => customer === claims.customer },
          CloseCustomer: {
            state: (state, { claims }) =>
              state.status !== 'none' && state.customer === claims.customer,
          },
        },
      },
      read: {
        order: {
          state: (state, { claims }) =>
            state.status !== 'none' && state.customer === claims.customer,
        },
        customer: {
          state: (state, { claims }) =>
            state.status !== 'none' && state.customer === claims.customer,
        },
      },
      rows: {
        orders: { customer: ({ claims }) => claims.customer },
        customers: { customer: ({ claims }) => claims.customer },
        products: 'all',
      },
      personal: true,
    },
    // #endregion

    // #region public
    /** Callers without a credential see what is for sale. */
    public: { rows: { products: 'all' } },
    // #endregion

    /** Takes orders and payments, and receives stock; sees the orders and the customers of some countries. */
    clerk: {
      commands: {
        order: 'all',
        product: { RegisterProduct: true, ReceiveStock: true },
        payment: { RequestPayment: true, CapturePayment: true, DeclinePayment: true },
        shipment: { DispatchShipment: true },
        customer: 'all',
      },
      read: { order: true, product: true, payment: true, shipment: true },
      rows: {
        orders: { country: ({ claims }) => claims.countries },
        customers: { country: ({ claims }) => claims.countries },
        products: 'all',
      },
      personal: true,
    },

    /** Refunds what was captured; everything else is the saga's. */
    approver: {
      commands: { payment: { RefundPayment: { state: ({ status }) => status === 'captured' } } },
      read: { payment: true },
    },

    /** Sees all read models and no stream, and no name or address. */
    analyst: { rows: 'all' },

    /** A program of the company's own, like an import with times of its own. */
    integration: {
      ...{ commands: 'all', read: 'all', rows: 'all', journal: 'all', publications: 'all' },
      ...{ backdate: true, personal: true },
    },

    /** Helps orders that are stuck. */
    support: {
      read: { order: true, payment: true, shipment: true },
      rows: { orders: 'all' },
      journal: ['order', 'payment', 'shipment'],
      inspect: ['timers', 'dead-letters'],
      operate: ['sagas'],
    },
  },
  // #region limits
  limits: {
    /** Some tabs of one person. */
    customer: { class: 'low', sockets: 3, queries: 16, polls: 2 },
  },
  // #endregion
});
