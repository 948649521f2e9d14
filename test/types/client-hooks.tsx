/** What a page of the shop can and cannot write with the hooks. Checked by the compiler, never run. */
import { createHooks } from '../../client/react/index.ts';
import type { app } from '../shop/app.ts';
import { order } from '../shop/order.ts';
import { type Equal, expectTrue } from './equal.ts';

const { useQuery, useLiveQuery, useCommand } = createHooks<typeof app>();

export function Queries() {
  const { answer } = useQuery('orders', { status: 'placed', limit: 5 });
  expectTrue<Equal<(typeof answer & object)['rows'][number]['netCents'], number>>();
  useQuery('orders-of-customer', { customer: 'ann' });
  // @ts-expect-error: there is no such query
  useQuery('invoices');
  // @ts-expect-error: whose orders?
  useQuery('orders-of-customer', {});

  const { rows } = useLiveQuery(
    'orders',
    {},
    {
      optimistic: (known, expected) =>
        expected.aggregate === 'order' && expected.state.status === 'shipped'
          ? known.filter(({ order: id }) => id !== expected.id)
          : known,
    },
  );
  expectTrue<Equal<(typeof rows & object)[number]['customer'], string>>();
  // @ts-expect-error: there is no such column
  useLiveQuery('orders', { total: 1 });
  // @ts-expect-error: those are no rows of orders
  useLiveQuery('orders', {}, { optimistic: () => [1] });
  return null;
}

export async function Commands() {
  const { send, outcome } = useCommand(order, 'o-1', { status: 'none' });
  await send('CancelOrder', { reason: 'changed my mind' });
  if (outcome?.outcome === 'rejected' && outcome.reason === 'already-shipped') return;
  // @ts-expect-error: there is no such command
  send('StealOrder');
  // @ts-expect-error: a cancellation has a reason
  send('CancelOrder');
  // @ts-expect-error: there is no such state
  useCommand(order, 'o-1', { status: 'lost' });
  const confirming = await useCommand('order', 'o-1').send('ConfirmOrder');
  if (confirming?.outcome === 'rejected') {
    expectTrue<Equal<typeof confirming.reason, 'not-placed' | 'cancelled'>>();
  }
  // @ts-expect-error: there is no such aggregate
  useCommand('invoice', 'i-1');
}
