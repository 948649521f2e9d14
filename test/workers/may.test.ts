/** What `GET /v1/me` says that a caller may do, compared with what its requests answer. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Principal } from '../../worker/runtime/principal.ts';
import { askAs, principals } from './support/guarded-shop.ts';
import { useKeptQueue } from './support/harness.ts';
import { getAs, postAs, ruledPrincipals } from './support/ruled-shop.ts';

useKeptQueue();

const lines = [{ product: 'tea', quantity: 1, unitCents: 500, discountBp: 0 }];
const order = { customer: 'ann', country: 'Germany', lines };
const backdated = { 'occurred-at': '2020-01-01T00:00:00Z' };

/** For each name a request that needs this grant and no other. */
const needing: Readonly<Record<string, (token: string) => ReturnType<typeof getAs>>> = {
  'command order/PlaceOrder': (token) =>
    postAs(token, `/v1/commands/order/of-${token}/PlaceOrder`, order),
  'command product/RegisterProduct': (token) =>
    postAs(token, '/v1/commands/product/tea/RegisterProduct', { name: 'Tea', priceCents: 5 }),
  'read order': (token) => getAs(token, '/v1/streams/order'),
  'read product': (token) => getAs(token, '/v1/streams/product'),
  'read keeper': (token) => getAs(token, '/v1/streams/keeper'),
  'rows orders': (token) => getAs(token, '/v1/queries/orders'),
  'rows products': (token) => getAs(token, '/v1/queries/products'),
  'journal order': (token) => getAs(token, '/v1/events?aggregate=order'),
  'journal product': (token) => getAs(token, '/v1/events?aggregate=product'),
  backdate: (token) =>
    postAs(token, `/v1/commands/order/old-${token}/PlaceOrder`, order, backdated),
  'inspect sagas': (token) => getAs(token, '/v1/sagas'),
  'inspect timers': (token) => getAs(token, '/v1/timers/order/none'),
  'inspect dead-letters': (token) => getAs(token, '/v1/dead-letters'),
  'operate sagas': (token) => postAs(token, '/v1/sagas/fulfilment/none/cancel', { reason: 'x' }),
  'operate timers': (token) => postAs(token, '/v1/timers/order/none/retry', { timer: 'x' }),
  'operate dead-letters': (token) => postAs(token, '/v1/redrive'),
};

async function mayOf(token: string): Promise<readonly string[]> {
  const { status, body } = await getAs(token, '/v1/me');
  expect(status).toBe(200);
  return body.may as readonly string[];
}

const added: readonly [token: string, principal: Principal][] = [
  ['op', { id: 'user:op', tenant: 'main', roles: ['operator'] }],
  ['ledge', { id: 'user:ledge', tenant: 'ledge', roles: ['importer', 'operator', 'admin'] }],
];

beforeAll(() => {
  for (const [token, principal] of added) ruledPrincipals.set(token, principal);
});

describe('PC1 what a caller may do is what its requests are not refused', () => {
  const callers = ['importer', 'cleo', 'sender', 'boss', 'wrong', 'op'];

  test.each(callers)('%s', async (token) => {
    const may = await mayOf(token);
    for (const [needs, request] of Object.entries(needing)) {
      const { status, body } = await request(token);
      if (may.includes(needs)) expect({ needs, status }).not.toEqual({ needs, status: 403 });
      // A role without any journal is refused by the name of the area alone; backdating needs its command, too.
      else
        expect({ needs, status, body }).toMatchObject({
          status: 403,
          body: { needs: expect.any(String) },
        });
    }
  });

  test('of conditions over data and state and of row rules the grant is named', async () => {
    expect(await mayOf('ann')).toEqual([
      'command order/PlaceOrder',
      'command order/CancelOrder',
      'read order',
      'rows orders',
      'rows products',
    ]);
  });

  test('roles whose row rules exclude each other name no rows of that table', async () => {
    const may = await mayOf('both');
    expect(may).toContain('rows products');
    expect(may).not.toContain('rows orders');
  });

  test('an operator of Ledge’s own tenant may nothing of the app, but what its requests may: dead letters and the deployment', async () => {
    const may = ['inspect dead-letters', 'operate dead-letters', 'operate deployment'];
    expect(await mayOf('ledge')).toEqual(may);
    expect((await getAs('ledge', '/v1/dead-letters')).status).toBe(200);
    expect((await postAs('ledge', '/v1/redrive')).status).toBe(200);
    expect((await postAs('ledge', '/v1/projections/none/pause')).status).toBe(404);
    expect((await getAs('ledge', '/v1/sagas')).status).toBe(403);
  });

  test('without access rules it is everything that the app has, and operating for operators', async () => {
    const may = async (token: string) => {
      const answer: { may: string[] } = await (await askAs(token, '/v1/me')).json();
      return answer.may;
    };
    expect(principals.get('ann-token')?.roles).toBeUndefined();
    const ann = await may('ann-token');
    expect(ann).toEqual(
      expect.arrayContaining(
        Object.keys(needing).filter((name) => !/^(inspect|operate)/.test(name)),
      ),
    );
    expect(ann.filter((name) => /^(inspect|operate)/.test(name))).toEqual([]);
    const areas = [
      ...['sagas', 'timers', 'actions', 'dead-letters', 'privacy', 'subscriptions', 'schedules'],
      'groups',
    ];
    expect(await may('operator-token')).toEqual([
      ...ann,
      ...areas.map((area) => `inspect ${area}`),
      ...areas.map((area) => `operate ${area}`),
    ]);
  });
});
