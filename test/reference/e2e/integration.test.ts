/** The reference shop among other systems: a payment provider that it calls, and a carrier that calls it. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Served, serveLedge } from '../../e2e/support/serve.ts';
import { type ChargeRequest, paymentProvider } from '../payment-provider.ts';

const CARRIER_SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;

const LOOK_AGAIN_MS = 50;
const WAIT_MS_MAX = 30_000;

describe('D23 the shop charges at a provider and takes the reports of a carrier', () => {
  const charges = new Map<string, ChargeRequest>();
  let provider: Server;
  let served: Served;

  beforeAll(async () => {
    // The first call fails: the action calls again.
    provider = paymentProvider(charges, (call) => (call === 1 ? 503 : undefined)).listen(0);
    await once(provider, 'listening');
    const { port } = provider.address() as AddressInfo;
    served = await serveLedge('wrangler.toml', {
      PAYMENT_PROVIDER_URL: `http://localhost:${port}/charges`,
      CARRIER_SECRET,
    });
    await send('product/chai/RegisterProduct', { name: 'Chai', priceCents: 1_800 });
    await send('product/chai/ReceiveStock', { quantity: 100 });
  }, 120_000);
  afterAll(async () => {
    await served?.server.close();
    provider?.close();
  });

  async function send(path: string, data: object): Promise<void> {
    const answer = await fetch(new URL(`/v1/commands/${path}`, served.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': path.replaceAll('/', '.') },
      body: JSON.stringify(data),
    });
    expect([answer.status, await answer.text()]).toEqual([200, expect.anything()]);
  }

  async function stateOf(stream: string): Promise<unknown> {
    const answer = await fetch(new URL(`/v1/aggregates/${stream}`, served.url));
    return answer.ok ? Object(await answer.json()).state : undefined;
  }

  /** Until the stream is in that state. */
  async function reaches(stream: string, status: string): Promise<void> {
    const untilMs = Date.now() + WAIT_MS_MAX;
    while (Date.now() < untilMs) {
      if (Object(await stateOf(stream)).status === status) return;
      await sleep(LOOK_AGAIN_MS);
    }
    expect(await stateOf(stream)).toMatchObject({ status });
  }

  function place(id: string, quantity: number): Promise<void> {
    const line = { product: 'chai', quantity, unitCents: 180_000, discountBp: 0 };
    const placed = { customer: 'ALFKI', country: 'Germany', channel: 'web', lines: [line] };
    return send(`order/${id}/PlaceOrder`, placed);
  }

  /** As the carrier does. */
  async function report(id: string, parcel: string, status: string, secret = CARRIER_SECRET) {
    const body = JSON.stringify({ id, parcel, status });
    const at = new Date();
    const answer = await fetch(new URL('/v1/inbound/carrier', served.url), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign(id, at, body),
      },
      body,
    });
    return { status: answer.status, body: Object(await answer.json()) };
  }

  test('an order is charged once though the first call failed, and shipped', async () => {
    await place('o-1', 2);
    await reaches('order/o-1', 'shipped');
    expect([...charges.values()]).toEqual([{ order: 'o-1', cents: 360_000 }]);
    expect(await stateOf('payment/o-1')).toMatchObject({ status: 'captured' });
  });

  test('what the provider declines is compensated', async () => {
    await place('o-2', 50);
    await reaches('order/o-2', 'cancelled');
    expect(await stateOf('payment/o-2')).toMatchObject({ status: 'declined' });
    expect(charges.size).toBe(1);
  });

  test('the carrier reports the delivery, twice, and the return, which is refunded', async () => {
    const delivered = await report('m-1', 'o-1', 'delivered');
    expect(delivered).toMatchObject({
      status: 200,
      body: { messages: [{ outcome: 'handled', commands: [{ outcome: 'accepted' }] }] },
    });
    expect(await report('m-1', 'o-1', 'delivered')).toMatchObject({
      body: { messages: [{ commands: [{ replayed: true }] }] },
    });
    expect(await stateOf('shipment/o-1')).toEqual({ status: 'delivered' });
    await report('m-2', 'o-1', 'returned');
    await reaches('payment/o-1', 'refunded');
    const forged = `whsec_${Buffer.alloc(32, 6).toString('base64')}`;
    expect(await report('m-3', 'o-2', 'returned', forged)).toMatchObject({ status: 401 });
  });
});
