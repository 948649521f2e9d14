/** Orders that were placed here and that the server has not accepted yet: without buttons. */
import type { NewOrder } from './expected-orders.ts';
import { OrderFacts } from './order-facts.tsx';

interface Properties {
  readonly orders: readonly NewOrder[];
  readonly isLive: boolean;
}

export function UnsentOrders({ orders, isLive }: Properties) {
  if (orders.length === 0) return null;
  const note = isLive ? 'Sending …' : 'Waits to be sent';
  return (
    <ul className="unsent" aria-label="Not accepted yet">
      {orders.map((order) => (
        <li key={order.order} data-order={order.order} aria-busy>
          <OrderFacts {...order} />
          <p className="note">{note}</p>
        </li>
      ))}
    </ul>
  );
}
