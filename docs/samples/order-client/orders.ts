/** The README's example of a client: what a program does that is not Ledge. */
// #region connect
import { createClient } from 'ledge/client';
import type { app } from '../../../domain/app.ts';

export const connect = (url: string) => createClient<typeof app>({ url });
// #endregion

type OrderClient = ReturnType<typeof connect>;

export async function sell(client: OrderClient, id: string, customer: string): Promise<string> {
  const lines = [{ product: 'chai', quantity: 1, unitCents: 1_800, discountBp: 0 }];
  // #region command
  const outcome = await client.order(id).placeOrder({ customer, country: 'Germany', lines });
  if (outcome.outcome === 'rejected') return outcome.reason; // 'already-placed', and nothing else

  const { rows } = await client.query('orders', { customer, sort: '-placedAt' }); // it is among them
  // #endregion
  return rows.map(({ order, status }) => `${order} is ${status}`).join(', ');
}

export async function watch(client: OrderClient, show: (line: string) => void): Promise<void> {
  // #region live
  for await (const rows of client.live('orders', { 'status.in': ['placed', 'confirmed'] })) {
    show(`${rows.length} orders wait`);
    if (rows.length === 0) break;
  }
  // #endregion
}
