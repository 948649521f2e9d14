/** The customer, amount, country and id of an order. */
import type { NewOrder } from './expected-orders.ts';
import { amount } from './words.ts';

export function OrderFacts({ order, customer, country, netCents }: NewOrder) {
  return (
    <>
      <h3>{customer}</h3>
      <span className="amount">{amount(netCents)}</span>
      <small>
        {country} · {order}
        {netCents === 0 && ' · free of charge'}
      </small>
    </>
  );
}
