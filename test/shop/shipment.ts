/** The parcel of one order of the tests' shop: created, dispatched, and perhaps cancelled, recalled or returned. */
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const nothing = z.strictObject({});

export interface ShipmentState {
  readonly status: 'none' | 'created' | 'dispatched' | 'cancelled' | 'recalled' | 'returned';
}

export const shipment = defineAggregate({
  name: 'shipment',
  events: {
    ShipmentCreated: event(nothing),
    ShipmentDispatched: event(nothing),
    ShipmentCancelled: event(nothing),
    ShipmentRecalled: event(nothing),
    ShipmentReturned: event(nothing),
  },
  commands: {
    CreateShipment: nothing,
    DispatchShipment: nothing,
    CancelShipment: nothing,
    ReturnShipment: nothing,
  },
  initialState: (): ShipmentState => ({ status: 'none' }),

  evolve: {
    ShipmentCreated: (_state) => ({ status: 'created' }),
    ShipmentDispatched: (_state) => ({ status: 'dispatched' }),
    ShipmentCancelled: (_state) => ({ status: 'cancelled' }),
    ShipmentRecalled: (_state) => ({ status: 'recalled' }),
    ShipmentReturned: (_state) => ({ status: 'returned' }),
  },

  decide: {
    CreateShipment: (data, { status }) => {
      if (status === 'cancelled') return reject('cancelled');
      return status === 'none' ? accept({ type: 'ShipmentCreated', data }) : accept();
    },
    DispatchShipment: (data, { status }) => {
      if (status === 'dispatched') return accept();
      if (status !== 'created') return reject('not-created', { status });
      return accept({ type: 'ShipmentDispatched', data });
    },
    CancelShipment: (data, { status }) => {
      if (status === 'dispatched') return accept({ type: 'ShipmentRecalled', data });
      const isOpen = status === 'none' || status === 'created';
      return isOpen ? accept({ type: 'ShipmentCancelled', data }) : accept();
    },
    ReturnShipment: (data, { status }) => {
      if (status === 'returned' || status === 'recalled') return accept();
      if (status !== 'dispatched') return reject('not-dispatched', { status });
      return accept({ type: 'ShipmentReturned', data });
    },
  },
});
