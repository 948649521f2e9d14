/** The shop with its sagas: stock is received, orders are placed, messages arrive, time passes. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { expect } from 'vitest';
import type { SagaInstance } from '../../../core/process/saga-instance.ts';
import { deployment } from './deployment.ts';
import { sagaApp } from './entry.ts';
import { evict, keptMessages, objectOf } from './harness.ts';

export const shop = deployment(sagaApp);

const price = { unitCents: 500, discountBp: 0 };

export async function accepted(path: string, data: unknown = {}): Promise<void> {
  const { status, body } = await shop.post(`/v1/commands/${path}`, data);
  expect({ path, status, body }).toMatchObject({ status: 200 });
}

export async function stock(product: string, quantity: number): Promise<void> {
  await accepted(`product/${product}/RegisterProduct`, { name: product, priceCents: 500 });
  if (quantity > 0) await accepted(`product/${product}/ReceiveStock`, { quantity });
}

export function place(order: string, ...products: readonly string[]): Promise<void> {
  const lines = products.map((product) => ({ product, quantity: 1, ...price }));
  return accepted(`order/${order}/PlaceOrder`, { customer: 'ann', country: 'Germany', lines });
}

/** Takes the object's memory, if it has any: one that sleeps cannot be evicted. */
export async function forget(stream: string): Promise<void> {
  await runInDurableObject(objectOf(stream), () => undefined);
  await evict(stream);
}

/** Everything that the queue has, until it has nothing more. */
export async function settle(arrange = (messages: string[]) => messages): Promise<number> {
  let delivered = 0;
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    const arranged = arrange(messages);
    delivered += arranged.length;
    if (arranged.length > 0) await shop.deliver(arranged);
  }
  return delivered;
}

export async function stateOf<State = Record<string, unknown>>(stream: string): Promise<State> {
  const { body } = await shop.get(`/v1/aggregates/${stream}`);
  // As each test knows it.
  return body.state as State;
}

export const sagaOf = (order: string) => stateOf<SagaInstance>(`fulfilment/${order}`);

export async function eventsOf(stream: string): Promise<{ type: string }[]> {
  const { body } = await shop.get(`/v1/streams/${stream}?limit=1000`);
  return body.events as { type: string }[];
}

export async function typesOf(stream: string): Promise<string[]> {
  return (await eventsOf(stream)).map(({ type }) => type);
}

export function hasAlarm(stream: string): Promise<boolean> {
  return runInDurableObject(
    objectOf(stream),
    async (_object, { storage }) => (await storage.getAlarm()) !== null,
  );
}

/** Fires the alarm, if one is set. */
export async function ring(stream: string): Promise<void> {
  if (await hasAlarm(stream)) await runDurableObjectAlarm(objectOf(stream));
}
