/** One order, and what can become of it. */
import { order } from '../../../domain/order/order.ts';
import { stateOf } from './expected-orders.ts';
import { type OrderRow, useCommand } from './ledge.ts';

const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });

export function OrderCard({ row }: { row: OrderRow }) {
  const { send, isPending, outcome, problem } = useCommand(order, row.order, stateOf(row));
  const canMove = row.status === 'placed' || row.status === 'confirmed';
  return (
    <li data-order={row.order} aria-busy={isPending}>
      <strong>{row.customer}</strong>
      <span>{money.format(row.netCents / 100)}</span>
      <small>
        {row.country} · {row.order}
      </small>
      {row.status === 'placed' && (
        <button type="button" onClick={() => send('ConfirmOrder')}>
          Confirm
        </button>
      )}
      {row.status === 'confirmed' && (
        <button type="button" onClick={() => send('MarkShipped')}>
          Ship
        </button>
      )}
      {canMove && (
        <button type="button" onClick={() => send('CancelOrder', { reason: 'on the board' })}>
          Cancel
        </button>
      )}
      {outcome?.outcome === 'rejected' && <em>{outcome.reason}</em>}
      {problem && <em>{problem.problem.title}</em>}
    </li>
  );
}
