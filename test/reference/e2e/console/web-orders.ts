/** Web orders of tea, each with its saga, on a real server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sendAll } from '../pages/board.ts';

const AGAIN_MS = 50;

const line = { product: 'tea', quantity: 1, unitCents: 500, discountBp: 0 };
const cart = { customer: 'ANATR', country: 'Germany', lines: [line] };

/** The product, with so many pieces in stock. */
export function stock(url: URL, quantity: number): Promise<void> {
  const product = { aggregate: 'product', id: 'tea' } as const;
  return sendAll(url, [
    { ...product, command: 'RegisterProduct', data: { name: 'Tea', priceCents: 500 } },
    { ...product, command: 'ReceiveStock', data: { quantity } },
  ]);
}

export async function placeWebOrder(url: URL, id: string): Promise<void> {
  await sendAll(url, [{ aggregate: 'order', id, command: 'PlaceOrder', data: cart }]);
}

/** It waits for its payment. */
export async function placeAndWait(url: URL, id: string): Promise<void> {
  await placeWebOrder(url, id);
  await sagaIs(url, id, ({ timeouts }) => 'pay' in timeouts);
}

/** Its reservation is gone when the saga wants to ship it: an operator is needed. */
export async function bringToAttention(url: URL, id: string): Promise<void> {
  await placeAndWait(url, id);
  const product = { aggregate: 'product', id: 'tea' } as const;
  await sendAll(url, [
    { ...product, command: 'ReleaseStock', data: { order: id } },
    { aggregate: 'payment', id, command: 'CapturePayment', data: {} },
  ]);
  await sagaIs(url, id, ({ status }) => status === 'attention');
}

interface Saga {
  readonly status: string;
  readonly timeouts: object;
}

async function sagaIs(url: URL, id: string, isThere: (saga: Saga) => boolean): Promise<void> {
  for (;;) {
    const answer = await fetch(new URL(`/v1/sagas/fulfilment/${id}`, url));
    if (answer.ok && isThere((await answer.json()) as Saga)) return;
    await sleep(AGAIN_MS);
  }
}
