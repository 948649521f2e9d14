/** The types that are inferred from a domain, the shop: clients and pages use these. */
import type * as z from 'zod';
import type { ReasonOf } from '../../core/aggregate/aggregate.ts';
import type { EventOf } from '../../core/aggregate/event.ts';
import type { ListedRow } from '../../core/projection/projection.ts';
import type { app } from '../shop/app.ts';
import type { order } from '../shop/order.ts';
import type { product } from '../shop/product.ts';
import type { customers, orders, salesByDay } from '../shop/read-models.ts';
import { type Equal, expectTrue } from './equal.ts';

type Order = typeof order;
type Reasons<Decide> = { readonly [Command in keyof Decide]: ReasonOf<Decide[Command]> };

expectTrue<
  Equal<
    Reasons<Order['decide']>,
    {
      readonly PlaceOrder: 'already-placed';
      readonly ConfirmOrder: 'not-placed' | 'cancelled';
      readonly MarkShipped: 'not-confirmed';
      readonly CancelOrder: 'not-placed' | 'already-shipped';
    }
  >
>();

expectTrue<
  Equal<
    Reasons<(typeof product)['decide']>,
    {
      readonly RegisterProduct: 'already-registered';
      readonly ReceiveStock: 'not-registered';
      readonly ReserveStock: 'not-registered' | 'reservation-released' | 'out-of-stock';
      readonly ReleaseStock: 'not-registered' | 'already-shipped';
      readonly ShipStock: 'not-registered' | 'not-reserved';
    }
  >
>();

interface OrderLine {
  product: string;
  quantity: number;
  unitCents: number;
  discountBp: number;
}

type OrderEvent = EventOf<Order['events']>;
type DataOf<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>['data'];

expectTrue<
  Equal<OrderEvent['type'], 'OrderPlaced' | 'OrderConfirmed' | 'OrderShipped' | 'OrderCancelled'>
>();
expectTrue<
  Equal<
    DataOf<'OrderPlaced'>,
    {
      customer: string;
      country: string;
      lines: readonly OrderLine[];
      placedOn: string;
      grossCents: number;
      netCents: number;
      channel: string;
    }
  >
>();
expectTrue<
  Equal<
    DataOf<'OrderCancelled'>,
    {
      reason: string;
      customer: string;
      country: string;
      placedOn: string;
      grossCents: number;
      netCents: number;
    }
  >
>();

/** What a caller may leave out of a command. */
expectTrue<
  Equal<
    z.input<Order['commands']['PlaceOrder']>,
    {
      customer: string;
      country: string;
      channel?: string | undefined;
      lines: readonly OrderLine[];
    }
  >
>();

type Status = ReturnType<Order['initialState']>['status'];
expectTrue<Equal<Status, 'none' | 'placed' | 'confirmed' | 'shipped' | 'cancelled'>>();

interface OrderRow {
  order: string;
  customer: string;
  country: string;
  status: 'placed' | 'confirmed' | 'shipped' | 'cancelled';
  lineCount: number;
  grossCents: number;
  netCents: number;
  placedAt: string;
  shippedAt: string | null;
}

expectTrue<Equal<ListedRow<typeof orders>, OrderRow>>();
expectTrue<
  Equal<
    ListedRow<typeof customers>,
    { customer: string; orders: number; grossCents: number; netCents: number }
  >
>();
expectTrue<
  Equal<
    ListedRow<typeof salesByDay>,
    { day: string; country: string; orders: number; grossCents: number; netCents: number }
  >
>();

type OrderQueries = NonNullable<(typeof orders)['types']>['queries'];
expectTrue<
  Equal<OrderQueries['orders-of-customer'], { input: { customer: string }; row: OrderRow }>
>();

/** The app knows the names of all that is in it. */
expectTrue<
  Equal<'order' extends (typeof app)['aggregates'][number]['name'] ? true : false, true>
>();
expectTrue<
  Equal<string extends (typeof app)['projections'][number]['name'] ? true : false, false>
>();
