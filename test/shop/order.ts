/** The order of the tests' shop: placed once, cancelled at most once. A repeated step is accepted without events. */
import { accept, defineAggregate, event, reject } from 'ledge';
import * as z from 'zod';

const CENTS_MAX = 1_000_000_000;
const text = z.string().min(1).max(128);

const line = z.strictObject({
  product: text,
  quantity: z.int().min(1).max(1_000_000),
  unitCents: z.int().min(0).max(CENTS_MAX),
  discountBp: z.int().min(0).max(10_000),
});

/** Discounts are basis points; each line is rounded half up. */
export function totals(lines: readonly z.output<typeof line>[]) {
  const sum = (cents: (of: (typeof lines)[number]) => number) =>
    lines.reduce((total, one) => total + cents(one), 0);
  return {
    grossCents: sum(({ quantity, unitCents }) => quantity * unitCents),
    netCents: sum(({ quantity, unitCents, discountBp }) =>
      Math.round((quantity * unitCents * (10_000 - discountBp)) / 10_000),
    ),
  };
}

const placed = {
  customer: z.string(),
  country: z.string(),
  placedOn: z.string(),
  grossCents: z.int(),
  netCents: z.int(),
};

const placedV1 = z.strictObject({ ...placed, lines: z.array(line).readonly() });

type OrderState =
  | { readonly status: 'none' }
  | ({
      readonly status: 'placed' | 'confirmed' | 'shipped' | 'cancelled';
    } & Readonly<z.output<z.ZodObject<typeof placed>>>);

export const order = defineAggregate({
  name: 'order',
  events: {
    OrderPlaced: event(placedV1).upcast(placedV1.extend({ channel: z.string() }), (before) => ({
      ...before,
      channel: 'phone',
    })),
    OrderConfirmed: event(z.strictObject({})),
    OrderShipped: event(z.strictObject({})),
    OrderCancelled: event(z.strictObject({ reason: z.string(), ...placed })),
  },
  commands: {
    PlaceOrder: z.strictObject({
      customer: text,
      country: text,
      channel: z
        .string()
        .regex(/^[a-z-]{1,40}$/)
        .default('web'),
      lines: z.array(line).min(1).max(500).readonly(),
    }),
    ConfirmOrder: z.strictObject({}),
    MarkShipped: z.strictObject({}),
    CancelOrder: z.strictObject({ reason: z.string().min(1).max(1_000) }),
  },
  initialState: (): OrderState => ({ status: 'none' }),

  evolve: {
    OrderPlaced: (_state, { data: { lines: _lines, channel: _channel, ...data } }) => ({
      status: 'placed',
      ...data,
    }),
    OrderConfirmed: (state) => moved(state, 'confirmed'),
    OrderShipped: (state) => moved(state, 'shipped'),
    OrderCancelled: (state) => moved(state, 'cancelled'),
  },

  decide: {
    PlaceOrder: (data, { status }, { occurredAt }) => {
      if (status !== 'none') return reject('already-placed', { status });
      const placedOn = occurredAt.slice(0, 10);
      return accept({ type: 'OrderPlaced', data: { ...data, placedOn, ...totals(data.lines) } });
    },
    ConfirmOrder: (_data, { status }) => {
      if (status === 'none') return reject('not-placed');
      if (status === 'cancelled') return reject('cancelled');
      return status === 'placed' ? accept({ type: 'OrderConfirmed', data: {} }) : accept();
    },
    MarkShipped: (_data, { status }) => {
      if (status === 'shipped') return accept();
      if (status !== 'confirmed') return reject('not-confirmed', { status });
      return accept({ type: 'OrderShipped', data: {} });
    },
    CancelOrder: ({ reason }, state) => {
      if (state.status === 'none') return reject('not-placed');
      if (state.status === 'shipped') return reject('already-shipped');
      if (state.status === 'cancelled') return accept();
      const { status: _status, ...data } = state;
      return accept({ type: 'OrderCancelled', data: { reason, ...data } });
    },
  },
});

function moved(state: OrderState, status: 'confirmed' | 'shipped' | 'cancelled'): OrderState {
  return state.status === 'none' ? state : { ...state, status };
}
