/** The documentation's ledger of a product's stock: a stream for each month, which ends with its balance. */
import { accept, defineAggregate, event, reject, schedule } from 'ledge';
import * as z from 'zod';

const product = z.string().min(1).max(64);
const quantity = z.int().positive();
// #region periods
/** A month, `2026-11`. */
const period = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);

/** The id of the stream of a product's month. */
export function periodId(of: { readonly product: string; readonly period: string }): string {
  return `${of.product}.${of.period}`;
}

function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return number === 12 ? `${year + 1}-01` : `${year}-${String(number + 1).padStart(2, '0')}`;
}
// #endregion

const opening = z.strictObject({ product, period, onHand: z.int().min(0) });
const moved = z.strictObject({ quantity });

interface Ledger extends Readonly<z.output<typeof opening>> {
  readonly status: 'open';
  readonly received: number;
  readonly shipped: number;
}

type StockState = { readonly status: 'none' } | Ledger;

// #region aggregate
export const stock = defineAggregate({
  name: 'stock',
  events: {
    PeriodOpened: event(opening),
    StockReceived: event(moved),
    StockShipped: event(moved),
    /** What the next period needs, and what people ask about this one. */
    PeriodClosed: event(opening.extend({ received: z.int(), shipped: z.int(), next: period })),
  },
  endsWith: ['PeriodClosed'],
  commands: {
    OpenPeriod: opening,
    ReceiveStock: moved,
    ShipStock: moved,
    ClosePeriod: z.strictObject({}),
  },
  initialState: (): StockState => ({ status: 'none' }),
  evolve: {
    PeriodOpened: (_state, { data }) => ({ status: 'open', ...data, received: 0, shipped: 0 }),
    StockReceived: (state, { data }) => movedBy(state, { received: data.quantity }),
    StockShipped: (state, { data }) => movedBy(state, { shipped: data.quantity }),
    PeriodClosed: (state) => state,
  },
  decide: {
    OpenPeriod: (data, { status }) => {
      if (status === 'open') return reject('already-open');
      const at = `${monthAfter(data.period)}-01T00:00:00Z`;
      const closing = schedule('close', { at, command: 'ClosePeriod', data: {} });
      return accept({ type: 'PeriodOpened', data }).with(closing);
    },
    ReceiveStock: (data, { status }) =>
      status === 'open' ? accept({ type: 'StockReceived', data }) : reject('not-open'),
    ShipStock: (data, state) => {
      if (state.status !== 'open') return reject('not-open');
      const { onHand } = state;
      if (data.quantity > onHand) return reject('not-enough', { onHand });
      return accept({ type: 'StockShipped', data });
    },
    ClosePeriod: (_data, state) => {
      if (state.status !== 'open') return reject('not-open');
      const { status: _status, ...balance } = state;
      const data = { ...balance, next: monthAfter(state.period) };
      return accept({ type: 'PeriodClosed', data });
    },
  },
});
// #endregion

function movedBy(
  state: StockState,
  { received = 0, shipped = 0 }: { readonly received?: number; readonly shipped?: number },
): StockState {
  if (state.status !== 'open') return state;
  return {
    ...state,
    onHand: state.onHand + received - shipped,
    received: state.received + received,
    shipped: state.shipped + shipped,
  };
}
