/** Every order in the column of its status, the newest first; and a form for the next one. */
import { withExpected } from './expected-orders.ts';
import { type OrderRow, useLiveQuery } from './ledge.ts';
import { OrderCard } from './order-card.tsx';
import { OrderForm } from './order-form.tsx';

const columns = ['placed', 'confirmed', 'shipped', 'cancelled'] as const;

export function OrderBoard() {
  const newest = { sort: '-placedAt', limit: 100 } as const;
  const { rows, expected, problem } = useLiveQuery('orders', newest, { optimistic: withExpected });
  return (
    <main>
      <header>
        <h1>Orders</h1>
        <p role="status" className={problem ? 'trouble' : ''}>
          {problem?.message ?? said(rows, expected.length)}
        </p>
        <OrderForm />
      </header>
      <div className="columns">
        {columns.map((status) => (
          <Column key={status} status={status} rows={rows ?? []} />
        ))}
      </div>
    </main>
  );
}

function said(rows: readonly OrderRow[] | undefined, underWay: number): string {
  if (!rows) return 'Connecting …';
  return underWay > 0 ? `${underWay} under way` : 'Live';
}

function Column({ status, rows }: { status: OrderRow['status']; rows: readonly OrderRow[] }) {
  const orders = rows.filter((row) => row.status === status);
  return (
    <section data-status={status}>
      <h2>
        {status} <span>{orders.length}</span>
      </h2>
      <ul>
        {orders.map((row) => (
          <OrderCard key={row.order} row={row} />
        ))}
      </ul>
    </section>
  );
}
