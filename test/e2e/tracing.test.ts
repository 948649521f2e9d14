/** The spans that Ledge adds to the platform's own, as a streaming tail receives them from the running Worker. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Served, serveTraced } from './support/serve.ts';

let served: Served;

beforeAll(async () => {
  served = await serveTraced();
}, 120_000);
afterAll(() => served.server.close());

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly attributes: Readonly<Record<string, string | number>>;
}

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const hash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

async function spansWith(correlation: string): Promise<Span[]> {
  const answer = await served.server.getWorker('tail').fetch('http://tail/');
  const all: Span[] = JSON.parse(await answer.text());
  return all.filter(({ attributes }) =>
    String(attributes['ledge.correlation']).split(' ').includes(correlation),
  );
}

const NAMES = ['ledge.command', 'ledge.consume', 'ledge.project', 'ledge.react', 'ledge.relay'];

async function post(path: string, data: unknown, headers = {}): Promise<void> {
  const response = await fetch(new URL(`/v1/commands/${path}`, served.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(data),
  });
  expect(response.status, await response.text()).toBe(200);
}

test('MX13 a correlation id is in the spans of command, relay, consumer, projection and reaction, through the queue', async () => {
  await post('product/ann-chai/RegisterProduct', { name: 'ann', priceCents: 100 });
  await post('product/ann-chai/ReceiveStock', { quantity: 5 });
  const price = { unitCents: 500, discountBp: 0 };
  const lines = [{ product: 'ann-chai', quantity: 1, ...price }];
  const headers = { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` };
  await post('order/o-ann/PlaceOrder', { customer: 'ann', country: 'Germany', lines }, headers);
  const names = async () =>
    [...new Set((await spansWith(hash(TRACE))).map(({ name }) => name))].sort();
  await expect.poll(names, { timeout: 20_000 }).toEqual(NAMES);
  const spans = await spansWith(hash(TRACE));
  const command = spans.find(({ attributes }) => attributes['ledge.command'] === 'PlaceOrder');
  expect(command?.attributes).toEqual({
    'ledge.aggregate': 'order',
    'ledge.command': 'PlaceOrder',
    'ledge.stream': `order/#${hash('order/o-ann')}`,
    'ledge.correlation': hash(TRACE),
  });
  // Another trace of the platform's: the correlation joins the two.
  const consumed = spans.find(({ name }) => name === 'ledge.consume');
  expect(consumed?.traceId).not.toBe(command?.traceId);
  expect(JSON.stringify(spans)).not.toContain('ann');
}, 60_000);
