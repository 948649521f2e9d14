/** Consistency tokens of streams that the caller may not read: no object is called for them, and no answer depends on them. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { testApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { deliver, env, keptMessages, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { objectCount } from './support/hostile.ts';
import { LiveClient } from './support/live-client.ts';
import { fetchAs, postAs, ruledPrincipals } from './support/ruled-shop.ts';
import { shopAccess } from './support/shop-access.ts';

useKeptQueue();

const lines = [{ product: 'tea', quantity: 1, unitCents: 500, discountBp: 0 }];
const order = (customer: string) => ({ customer, country: 'Germany', lines });

/** The names of the objects that were called, in their order, without those of the directory of tenants. */
const called: string[] = [];

const counting = {
  getByName(name: string) {
    if (!name.startsWith('ledge/ledge.tenant')) called.push(name);
    return env.AGGREGATE.getByName(name);
  },
};

const worker = heldLedge(testApp, {
  ...faultyPlatform,
  access: shopAccess,
  authenticate: ({ headers }) => ruledPrincipals.get(headers.get('authorization') ?? ''),
});

async function answer(token: string, query: string, tokens: string) {
  called.length = 0;
  const headers = { authorization: token, 'consistent-with': tokens };
  const request = new Request(`https://shop.example/v1/queries/${query}`, { headers });
  const response = await worker.fetch(
    request,
    { ...env, AGGREGATE: counting },
    createExecutionContext(),
  );
  return { status: response.status, text: await response.text(), called: [...called] };
}

beforeAll(async () => {
  const tea = { name: 'Tea', priceCents: 500 };
  await postAs('importer', '/v1/commands/product/tea/RegisterProduct', tea);
  for (const [id, customer] of [
    ['anns', 'ann'],
    ['bobs', 'bob'],
  ] as const) {
    await postAs('importer', `/v1/commands/order/${id}/PlaceOrder`, order(customer));
  }
  await deliver(keptMessages());
});

describe('PC8 a token of an aggregate that the caller may not read', () => {
  test.each(['product/tea@1', 'product/tea@99', 'product/none@1', 'product/tea@2,product/none@1'])(
    '%s calls no object and changes no answer',
    async (tokens) => {
      const before = await answer('ann', 'products', 'order/anns@1');
      expect(await answer('ann', 'products', tokens)).toEqual(before);
      expect(before).toMatchObject({ status: 200, called: [] });
    },
  );

  test('is judged by its form as ever', async () => {
    for (const tokens of ['product/tea', 'produkt/tea@1', 'ledge.key/main@1']) {
      expect(await answer('ann', 'products', tokens)).toMatchObject({ status: 400, called: [] });
    }
  });

  test('is waited for where a role grants reading: one request to its object', async () => {
    const found = await answer('importer', 'products', 'product/none@1');
    expect(found).toMatchObject({ status: 400, called: ['main/product/none'] });
  });

  test('names a stream of the caller’s tenant, whatever other tenants have', async () => {
    ruledPrincipals.set('south', { id: 'user:s', tenant: 'south', roles: ['importer'] });
    const found = await answer('south', 'products', 'product/tea@1');
    expect(found).toMatchObject({ status: 400, called: ['south/product/tea'] });
  });

  test('on a socket is answered as satisfied, and creates no object', async () => {
    const before = await objectCount();
    const { webSocket } = await fetchAs('ann', '/v1/live', { headers: { upgrade: 'websocket' } });
    const client = new LiveClient(webSocket ?? expect.unreachable(), () => undefined);
    onTestFinished(() => client.close());
    client.subscribe('a', 'products', { consistentWith: ['product/none@1', 'product/tea@99'] });
    const consistent = () => client.frames.filter(({ type }) => type === 'consistent').length;
    await vi.waitUntil(() => consistent() === 2, { timeout: 10_000, interval: 10 });
    expect(client.frames.filter(({ type }) => type === 'error')).toEqual([]);
    expect(await objectCount()).toBe(before);
  });
});

describe('PC9 a token of a stream that a rule over the state hides', () => {
  test.each(['order/bobs@1', 'order/bobs@99', 'order/none@1', 'order/none@99'])(
    '%s is answered like one of a stream that is not there',
    async (tokens) => {
      const { status, text } = await answer('ann', 'orders', tokens);
      expect({ status, text }).toEqual({
        status: 200,
        text: (await answer('ann', 'orders', 'order/anns@1')).text,
      });
    },
  );

  test('is waited for where the caller may read it', async () => {
    const placed = await postAs('ann', '/v1/commands/order/fresh/PlaceOrder', order('ann'));
    const found = await answer('ann', 'orders', String(placed.body.token));
    expect(found.status).toBe(200);
    expect(found.text).toContain('fresh');
    expect((await answer('ann', 'orders', 'order/fresh@99')).status).toBe(400);
  });
});
