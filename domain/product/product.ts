import { defineAggregate } from '../../core/aggregate.ts';
import { accept, reject } from '../../core/decision.ts';
import { productCommands } from './commands.ts';
import { productEvents } from './events.ts';

/** What became of an order's claim on the stock. The order's id is the reservation's id. */
interface Reservation {
  readonly status: 'reserved' | 'released' | 'shipped';
  readonly quantity: number;
}

interface Stock {
  readonly name: string;
  readonly priceCents: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly reservations: Readonly<Record<string, Reservation>>;
}

type ProductState = { readonly status: 'none' } | ({ readonly status: 'registered' } & Stock);

/** What is on the shelf and who has a claim on it. Stock that is reserved cannot be reserved again. */
export const product = defineAggregate({
  name: 'product',
  events: productEvents,
  commands: productCommands,
  initialState: (): ProductState => ({ status: 'none' }),

  evolve: {
    ProductRegistered: (_state, { data }) => ({
      status: 'registered',
      ...data,
      onHand: 0,
      reserved: 0,
      reservations: {},
    }),
    StockReceived: (state, { data }) => moveStock(state, data.quantity, 0),
    StockReserved: (state, { data: { order, quantity } }) =>
      settle(moveStock(state, 0, quantity), order, { status: 'reserved', quantity }),
    StockReleased: (state, { data: { order, quantity } }) =>
      settle(moveStock(state, 0, -quantity), order, { status: 'released', quantity }),
    StockShipped: (state, { data: { order, quantity } }) =>
      settle(moveStock(state, -quantity, -quantity), order, { status: 'shipped', quantity }),
  },

  decide: {
    RegisterProduct: (data, state) => {
      if (state.status === 'none') return accept({ type: 'ProductRegistered', data });
      const same = state.name === data.name && state.priceCents === data.priceCents;
      return same ? accept() : reject('already-registered', { name: state.name });
    },

    ReceiveStock: (data, state) =>
      state.status === 'none' ? reject('not-registered') : accept({ type: 'StockReceived', data }),

    ReserveStock: ({ order, quantity }, state) => {
      if (state.status === 'none') return reject('not-registered');
      const claim = reservationOf(state, order);
      if (claim?.status === 'released') return reject('reservation-released');
      if (claim) return accept();
      const available = state.onHand - state.reserved;
      if (quantity > available) return reject('out-of-stock', { available, requested: quantity });
      return accept({ type: 'StockReserved', data: { order, quantity } });
    },

    /** A release that overtakes its reservation leaves a mark, so that the late reservation is refused. */
    ReleaseStock: ({ order }, state) => {
      if (state.status === 'none') return reject('not-registered');
      const claim = reservationOf(state, order);
      if (claim?.status === 'released') return accept();
      if (claim?.status === 'shipped') return reject('already-shipped');
      return accept({ type: 'StockReleased', data: { order, quantity: claim?.quantity ?? 0 } });
    },

    ShipStock: ({ order }, state) => {
      if (state.status === 'none') return reject('not-registered');
      const claim = reservationOf(state, order);
      if (claim?.status === 'shipped') return accept();
      if (claim?.status !== 'reserved') return reject('not-reserved');
      return accept({ type: 'StockShipped', data: { order, quantity: claim.quantity } });
    },
  },
});

/** Own properties only: an order may be called `constructor`. */
function reservationOf(stock: Stock, order: string): Reservation | undefined {
  return Object.hasOwn(stock.reservations, order) ? stock.reservations[order] : undefined;
}

function moveStock(state: ProductState, onHand: number, reserved: number): ProductState {
  if (state.status === 'none') return state;
  return { ...state, onHand: state.onHand + onHand, reserved: state.reserved + reserved };
}

function settle(state: ProductState, order: string, reservation: Reservation): ProductState {
  if (state.status === 'none') return state;
  return { ...state, reservations: { ...state.reservations, [order]: reservation } };
}
