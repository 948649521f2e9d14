/** Places an order of one line. It comes by phone: the saga fulfils those from the web by itself. */
import { type SubmitEvent, useState } from 'react';
import { order } from '../../../domain/order/order.ts';
import { useCommand } from './ledge.ts';

export function OrderForm() {
  const [id, setId] = useState(newId);
  const { send, problem } = useCommand(order, id);

  function place(submit: SubmitEvent<HTMLFormElement>): void {
    submit.preventDefault();
    const form = submit.currentTarget;
    const said = (name: string) => String(new FormData(form).get(name));
    const unitCents = Math.round(Number(said('euros')) * 100);
    const line = { product: said('product'), quantity: 1, unitCents, discountBp: 0 };
    const cart = { customer: said('customer'), country: said('country'), lines: [line] };
    void send('PlaceOrder', { ...cart, channel: 'phone' });
    setId(newId());
    form.reset();
  }

  return (
    <form onSubmit={place}>
      <input name="customer" placeholder="Customer" required maxLength={128} />
      <input name="country" placeholder="Country" required maxLength={128} />
      <input name="product" placeholder="Product" required maxLength={128} />
      <input name="euros" placeholder="Price" type="number" required min="0" step="0.01" />
      <button type="submit">Place order</button>
      {problem && <em>{problem.message}</em>}
    </form>
  );
}

function newId(): string {
  return `o-${crypto.randomUUID().slice(0, 8)}`;
}
