/** A product with its stock: pieces are received, reserved for orders, released or shipped. */

import {
  accept,
  defineAggregate,
  emptyMap,
  getEntry,
  type PersistentMap,
  reject,
  withEntry,
  withoutEntry,
} from 'ledge';
import { productCommands } from './commands.ts';
import { productEvents } from './events.ts';

/** The end of an order's reservation. The order's id is the reservation's id. */
type Settlement = 'released' | 'shipped';

/**
 * The number of newest settlements that are kept, at least; at most twice as many. A repeat that is later still has its
 * idempotency key; without a key it is a new command.
 */
const SETTLED_MIN = 1_000;

/** Its size grows with the open orders, not with all orders. */
export interface Stock {
  readonly name: string;
  readonly priceCents: number;
  readonly onHand: number;
  readonly reserved: number;
  /** Pieces by order. */
  readonly reservations: PersistentMap<number>;
  /** Orders whose release arrived before their reservation, which may still arrive. */
  readonly releasedEarly: PersistentMap<true>;
  readonly settled: PersistentMap<Settlement>;
  readonly settledBefore: PersistentMap<Settlement>;
}

type ProductState = { readonly status: 'none' } | ({ readonly status: 'registered' } & Stock);

/** A product's stock and its reservations. Reserved stock cannot be reserved again. */
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
      reservations: emptyMap(),
      releasedEarly: emptyMap(),
      settled: emptyMap(),
      settledBefore: emptyMap(),
    }),
    StockReceived: (state, { data }) => moveStock(state, data.quantity, 0),
    StockReserved: (state, { data: { order, quantity } }) =>
      reserve(moveStock(state, 0, quantity), order, quantity),
    StockReleased: (state, { data: { order, quantity } }) =>
      settle(moveStock(state, 0, -quantity), order, 'released'),
    StockShipped: (state, { data: { order, quantity } }) =>
      settle(moveStock(state, -quantity, -quantity), order, 'shipped'),
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
      const claim = claimOf(state, order);
      if (claim === 'released') return reject('reservation-released');
      if (claim !== undefined) return accept();
      const available = state.onHand - state.reserved;
      if (quantity > available) return reject('out-of-stock', { available, requested: quantity });
      return accept({ type: 'StockReserved', data: { order, quantity } });
    },

    /** A release that arrives before its reservation is recorded, so that the late reservation is refused. */
    ReleaseStock: ({ order }, state) => {
      if (state.status === 'none') return reject('not-registered');
      const claim = claimOf(state, order);
      if (claim === 'released') return accept();
      if (claim === 'shipped') return reject('already-shipped');
      return accept({ type: 'StockReleased', data: { order, quantity: claim ?? 0 } });
    },

    ShipStock: ({ order }, state) => {
      if (state.status === 'none') return reject('not-registered');
      const claim = claimOf(state, order);
      if (claim === 'shipped') return accept();
      if (typeof claim !== 'number') return reject('not-reserved');
      return accept({ type: 'StockShipped', data: { order, quantity: claim } });
    },
  },
});

/** The reserved pieces, or the settlement of the reservation. */
function claimOf(stock: Stock, order: string): number | Settlement | undefined {
  if (getEntry(stock.releasedEarly, order)) return 'released';
  return (
    getEntry(stock.reservations, order) ??
    getEntry(stock.settled, order) ??
    getEntry(stock.settledBefore, order)
  );
}

function moveStock(state: ProductState, onHand: number, reserved: number): ProductState {
  if (state.status === 'none') return state;
  return { ...state, onHand: state.onHand + onHand, reserved: state.reserved + reserved };
}

function reserve(state: ProductState, order: string, quantity: number): ProductState {
  if (state.status === 'none') return state;
  return { ...state, reservations: withEntry(state.reservations, order, quantity) };
}

function settle(state: ProductState, order: string, settlement: Settlement): ProductState {
  if (state.status === 'none') return state;
  if (getEntry(state.reservations, order) === undefined) {
    return { ...state, releasedEarly: withEntry(state.releasedEarly, order, true) };
  }
  const reservations = withoutEntry(state.reservations, order);
  const settled = withEntry(state.settled, order, settlement);
  if (settled.size < SETTLED_MIN) return { ...state, reservations, settled };
  return { ...state, reservations, settled: emptyMap(), settledBefore: settled };
}
