/** The shipment of one order: created, dispatched and delivered, and perhaps cancelled, recalled or returned. */

import { accept, defineAggregate, reject } from 'ledge';
import { shipmentCommands } from './commands.ts';
import { shipmentEvents } from './events.ts';

export interface ShipmentState {
  readonly status:
    | 'none'
    | 'created'
    | 'dispatched'
    | 'delivered'
    | 'cancelled'
    | 'recalled'
    | 'returned';
}

/** The parcel of one order, under the order's id. */
export const shipment = defineAggregate({
  name: 'shipment',
  events: shipmentEvents,
  commands: shipmentCommands,
  initialState: (): ShipmentState => ({ status: 'none' }),

  evolve: {
    ShipmentCreated: (_state) => ({ status: 'created' }),
    ShipmentDispatched: (_state) => ({ status: 'dispatched' }),
    ShipmentDelivered: (_state) => ({ status: 'delivered' }),
    ShipmentCancelled: (_state) => ({ status: 'cancelled' }),
    ShipmentRecalled: (_state) => ({ status: 'recalled' }),
    ShipmentReturned: (_state) => ({ status: 'returned' }),
  },

  decide: {
    CreateShipment: (data, { status }) => {
      if (status === 'none') return accept({ type: 'ShipmentCreated', data });
      return status === 'cancelled' ? reject('cancelled') : accept();
    },

    DispatchShipment: (_command, { status }) => {
      if (status === 'dispatched' || status === 'delivered') return accept();
      if (status !== 'created') return reject('not-created', { status });
      return accept({ type: 'ShipmentDispatched', data: {} });
    },

    /** A parcel that is on its way back was delivered before, or never. */
    ConfirmDelivery: (_command, { status }) => {
      if (status === 'dispatched') return accept({ type: 'ShipmentDelivered', data: {} });
      if (status === 'none' || status === 'created' || status === 'cancelled') {
        return reject('not-dispatched', { status });
      }
      return accept();
    },

    /** A dispatched parcel is recalled. */
    CancelShipment: (_command, { status }) => {
      if (status === 'dispatched') return accept({ type: 'ShipmentRecalled', data: {} });
      if (status === 'none' || status === 'created') {
        return accept({ type: 'ShipmentCancelled', data: {} });
      }
      return accept();
    },

    ReturnShipment: (_command, { status }) => {
      if (status === 'returned' || status === 'recalled') return accept();
      if (status !== 'dispatched' && status !== 'delivered') {
        return reject('not-dispatched', { status });
      }
      return accept({ type: 'ShipmentReturned', data: {} });
    },
  },
});
