/** What a client of the shop can and cannot write. Checked by the compiler, never run. */
import { type AnyProblem, createClient } from '../../client/index.ts';
import type { app } from '../shop/app.ts';
import { type Equal, expectTrue } from './equal.ts';

const client = createClient<typeof app>({ url: 'http://localhost:8787' });
const line = { product: 'chai', quantity: 1, unitCents: 1_800, discountBp: 0 };
const cart = { customer: 'ann', country: 'Germany', lines: [line] };

export async function commands(): Promise<void> {
  const outcome = await client.order('o-1').placeOrder(cart, { expectedVersion: 0 });
  expectTrue<Equal<(typeof outcome)['outcome'], 'accepted' | 'rejected' | 'conflict'>>();
  if (outcome.outcome === 'rejected') {
    expectTrue<Equal<typeof outcome.reason, 'already-placed'>>();
    // @ts-expect-error: placing is never rejected for this
    outcome.reason === 'out-of-stock';
  }
  if (outcome.outcome === 'accepted') {
    const [event] = outcome.events;
    if (event?.type === 'OrderPlaced') expectTrue<Equal<typeof event.data.netCents, number>>();
    // @ts-expect-error: that is an event of another aggregate
    event?.type === 'StockReceived';
  }
  // @ts-expect-error: only a rejection has a reason
  outcome.reason;

  const reserving = await client.product('chai').reserveStock({ order: 'o-1', quantity: 1 });
  if (reserving.outcome === 'rejected') {
    expectTrue<
      Equal<typeof reserving.reason, 'not-registered' | 'reservation-released' | 'out-of-stock'>
    >();
  }

  await client.order('o-1').confirmOrder();
  await client.order('o-1').send('PlaceOrder', cart);
  await client.aggregate('order', 'o-1').cancelOrder({ reason: 'changed my mind' });

  // @ts-expect-error: there is no such aggregate
  client.invoice('i-1');
  // @ts-expect-error: only the runtime sends a saga's commands
  client.fulfilment('o-1');
  // @ts-expect-error: there is no such command
  client.order('o-1').stealOrder();
  // @ts-expect-error: that is a command of another aggregate
  client.order('o-1').receiveStock({ quantity: 1 });
  // @ts-expect-error: a cancellation has a reason
  client.order('o-1').cancelOrder();
  // @ts-expect-error: a customer is a text
  client.order('o-1').placeOrder({ ...cart, customer: 1 });
  // @ts-expect-error: there is no such command
  client.order('o-1').send('StealOrder', {});
  // @ts-expect-error: a version is a number
  client.order('o-1').placeOrder(cart, { expectedVersion: '0' });
}

export async function queries(): Promise<void> {
  const { rows, cursor } = await client.query('orders', {
    status: 'placed',
    'status.in': ['placed', 'confirmed'],
    'customer.prefix': 'a',
    sort: '-placedAt',
    limit: 10,
  });
  expectTrue<
    Equal<(typeof rows)[number]['status'], 'placed' | 'confirmed' | 'shipped' | 'cancelled'>
  >();
  expectTrue<Equal<(typeof rows)[number]['shippedAt'], string | null>>();
  expectTrue<Equal<typeof cursor, string | undefined>>();
  // @ts-expect-error: there is no such column
  rows[0]?.total;
  // @ts-expect-error: there is no such column to filter by
  client.query('orders', { total: 1 });
  // @ts-expect-error: an order never has this status
  client.query('orders', { status: 'lost' });
  // @ts-expect-error: its table does not declare it as a filter
  client.query('orders', { lineCount: 3 });
  // @ts-expect-error: nor this one, though it sorts
  client.query('orders', { 'netCents.gte': 5 });
  // @ts-expect-error: nor any range of it
  client.query('orders', { 'placedAt.gte': '1998' });
  // @ts-expect-error: its table does not declare it as a sort
  client.query('orders', { sort: 'country' });
  // @ts-expect-error: one of some texts has no range
  client.query('orders', { 'status.gte': 'placed' });
  await client.query('orders', { 'order.prefix': 'o-', sort: 'order' });
  // @ts-expect-error: there is no such column to sort by
  client.query('orders', { sort: 'total' });
  // @ts-expect-error: there is no such query
  client.query('invoices');

  const ofAnn = await client.query('orders-of-customer', { customer: 'ann' });
  expectTrue<Equal<(typeof ofAnn.rows)[number]['netCents'], number>>();
  // @ts-expect-error: whose orders?
  client.query('orders-of-customer', {});
  // @ts-expect-error: a named query has no pages
  client.pages('orders-of-customer', { customer: 'ann' });

  const row = await client.get('orders', 'o-1');
  expectTrue<Equal<(typeof row & object)['order'], string>>();
  await client.get('sales-by-day', ['2026-05-04', 'Germany']);
  // @ts-expect-error: an order's key is a text
  client.get('orders', 1);

  for await (const page of client.pages('customers', { sort: '-netCents' })) {
    expectTrue<Equal<(typeof page.rows)[number]['customer'], string>>();
  }
}

export async function states(): Promise<void> {
  const found = await client.state('order', 'o-1');
  if (found && found.state.status !== 'none') {
    expectTrue<Equal<typeof found.state.netCents, number>>();
  }
  // @ts-expect-error: an order that is not there has no total
  found?.state.netCents;
  const product = await client.product('chai').state({ version: 1 });
  expectTrue<Equal<(typeof product & object)['version'], number>>();
}

export function problems(problem: AnyProblem): void {
  if (problem.kind === 'invalid')
    expectTrue<Equal<(typeof problem.errors)[number]['at'], string>>();
  // @ts-expect-error: only invalid input has a list of errors
  const errors: readonly object[] = problem.errors;
  // @ts-expect-error: there is no such problem
  problem.kind === 'too-late';
  void errors;
}

export async function live(): Promise<void> {
  for await (const rows of client.live('orders', { status: 'placed', sort: '-placedAt' })) {
    expectTrue<Equal<(typeof rows)[number]['customer'], string>>();
  }
  client.live('orders-of-customer', { customer: 'ann' }, ([row]) => row?.netCents);
  client.liveRow('sales-by-day', ['2026-05-04', 'Germany'], ([row]) => row?.orders);
  // @ts-expect-error: there is no such query
  client.live('invoices');
  // @ts-expect-error: whose orders?
  client.live('orders-of-customer', {});
  // @ts-expect-error: there is no such column
  client.live('orders', {}, ([row]) => row?.total);
  // @ts-expect-error: a live list has no cursor
  client.live('orders', { cursor: 'next' });
}
