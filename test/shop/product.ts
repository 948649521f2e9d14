/** The product of the tests' shop: pieces are received, reserved for orders, released or shipped. */
import {
  accept,
  defineAggregate,
  emptyMap,
  event,
  getEntry,
  type PersistentMap,
  reject,
  withEntry,
  withoutEntry,
} from 'ledge';
import * as z from 'zod';

const order = z.string().min(1).max(128);
const quantity = z.int().min(1).max(1_000_000);
const named = z.strictObject({
  name: z.string().min(1).max(200),
  priceCents: z.int().min(0).max(1_000_000_000),
});

type Settlement = 'released' | 'shipped';

export interface Shelf {
  readonly status: 'registered';
  readonly name: string;
  readonly priceCents: number;
  readonly onHand: number;
  readonly reserved: number;
  /** Pieces by order. */
  readonly reservations: PersistentMap<number>;
  readonly settled: PersistentMap<Settlement>;
}

type ProductState = { readonly status: 'none' } | Shelf;

export const product = defineAggregate({
  name: 'product',
  events: {
    ProductRegistered: event(named),
    StockReceived: event(z.strictObject({ quantity })),
    StockReserved: event(z.strictObject({ order, quantity })),
    /** Quantity 0 when the release came before its reservation, which is refused then. */
    StockReleased: event(z.strictObject({ order, quantity: z.int().min(0) })),
    StockShipped: event(z.strictObject({ order, quantity })),
  },
  commands: {
    RegisterProduct: named,
    ReceiveStock: z.strictObject({ quantity }),
    ReserveStock: z.strictObject({ order, quantity }),
    ReleaseStock: z.strictObject({ order }),
    ShipStock: z.strictObject({ order }),
  },
  initialState: (): ProductState => ({ status: 'none' }),

  evolve: {
    ProductRegistered: (_state, { data }) => ({
      status: 'registered',
      ...data,
      ...{ onHand: 0, reserved: 0 },
      reservations: emptyMap(),
      settled: emptyMap(),
    }),
    StockReceived: (state, { data }) => moved(state, data.quantity, 0),
    StockReserved: (state, { data: { order, quantity } }) => {
      const next = moved(state, 0, quantity);
      if (next.status === 'none') return next;
      return { ...next, reservations: withEntry(next.reservations, order, quantity) };
    },
    StockReleased: (state, { data: { order, quantity } }) =>
      settled(moved(state, 0, -quantity), order, 'released'),
    StockShipped: (state, { data: { order, quantity } }) =>
      settled(moved(state, -quantity, -quantity), order, 'shipped'),
  },

  decide: {
    RegisterProduct: (data, state) => {
      if (state.status === 'none') return accept({ type: 'ProductRegistered', data });
      const same = state.name === data.name && state.priceCents === data.priceCents;
      return same ? accept() : reject('already-registered', { name: state.name });
    },
    ReceiveStock: (data, { status }) =>
      status === 'none' ? reject('not-registered') : accept({ type: 'StockReceived', data }),
    ReserveStock: (data, state) => {
      if (state.status === 'none') return reject('not-registered');
      const claim = claimOf(state, data.order);
      if (claim === 'released') return reject('reservation-released');
      if (claim !== undefined) return accept();
      const available = state.onHand - state.reserved;
      return data.quantity > available
        ? reject('out-of-stock', { available, requested: data.quantity })
        : accept({ type: 'StockReserved', data });
    },
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

function claimOf({ reservations, settled }: Shelf, order: string): number | Settlement | undefined {
  return getEntry(settled, order) ?? getEntry(reservations, order);
}

function moved(state: ProductState, onHand: number, reserved: number): ProductState {
  if (state.status === 'none') return state;
  return { ...state, onHand: state.onHand + onHand, reserved: state.reserved + reserved };
}

function settled(state: ProductState, order: string, settlement: Settlement): ProductState {
  if (state.status === 'none') return state;
  return {
    ...state,
    reservations: withoutEntry(state.reservations, order),
    settled: withEntry(state.settled, order, settlement),
  };
}
