/** What administrators do with keys, what they reach beside that, and where a key leaves a trace. */
import { beforeEach, describe, expect, test } from 'vitest';
import { hexOf, parseKeyText } from '../../core/access/key-text.ts';
import { schemaLock } from '../../core/schema-lock.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { deliver, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { document, expectDescribed, type Kind, operations, rowsInD1 } from './support/hostile.ts';
import { ADMIN_KEY, askedObjects, isolate, issued, posting } from './support/keyed-shop.ts';
import { shopAccess } from './support/shop-access.ts';
import { databaseText, objectsText } from './support/stored-text.ts';

interface KeyPage {
  readonly keys: readonly { readonly id: string }[];
  readonly cursor?: string;
}

useKeptQueue();

beforeEach(() => {
  askedObjects.length = 0;
});

async function expectProblem(answer: Promise<Response>, status: number, kind: Kind): Promise<void> {
  const response = await answer;
  const text = await response.text();
  expect({ status: response.status, text }).toMatchObject({ status });
  expectDescribed(JSON.parse(text), kind);
}

/** What an administrator may ask beside keys: about itself, its session, the API and its schemas, and its own operations. */
const ABOUT =
  /^\/(health|v1\/me|v1\/sessions|v1\/audit|openapi\.json|asyncapi\.json|catalog\.json|problems\/kind|schemas\/type\/version)$/;

describe('AK10 the bootstrap administrator manages keys and tenants, and reaches no data', () => {
  const others = operations().filter(({ path }) => !/^\/v1\/(keys|tenants|issuers)/.test(path));

  test.each(others.filter(({ path }) => !ABOUT.test(path)))(
    '$method $path answers 403 and reaches nothing',
    async ({ method, path }) => {
      const rows = await rowsInD1();
      await expectProblem(isolate()(ADMIN_KEY, path, { method }), 403, 'forbidden');
      expect(askedObjects).toEqual([]);
      expect(await rowsInD1()).toBe(rows);
    },
  );

  test.each(['/pages/board/', '/v1/nothing', '/v1/live/orders', '/ready'])(
    'GET %s answers 403',
    async (path) => {
      await expectProblem(isolate()(ADMIN_KEY, path), 403, 'forbidden');
    },
  );

  test('so does another administrator of the deployment, whatever its roles', async () => {
    const { key } = await issued({ tenant: 'ledge', roles: ['admin', 'operator'] });
    const ask = isolate();
    for (const path of ['/v1/queries/products', '/v1/events', '/v1/sagas', '/v1/streams/product']) {
      await expectProblem(ask(key, path), 403, 'forbidden');
    }
    expect((await ask(key, '/v1/keys')).status).toBe(200);
  });

  test('it is named, and has its role', async () => {
    expect(await (await isolate()(ADMIN_KEY, '/v1/me')).json()).toMatchObject({
      ...{ id: 'key:bootstrap', tenant: 'ledge', roles: ['admin'] },
    });
  });
});

describe('AK11 the streams of keys are reached by no other route', () => {
  test.each([
    ['ledge.key', (id: string) => id],
    ['ledge.keys', () => 'main'],
  ])('%s', async (aggregate, idOf) => {
    const all = { tenant: 'main', roles: ['operator', 'admin'] };
    const { id, key } = await issued(all);
    await deliver(keptMessages());
    const stream = `${aggregate}/${idOf(id)}`;
    askedObjects.length = 0;
    const ask = isolate();
    await ask(key, '/v1/me');
    askedObjects.length = 0;
    const unknown: [string, RequestInit?][] = [
      [`/v1/streams/${stream}`],
      [`/v1/streams/${aggregate}`],
      [`/v1/aggregates/${stream}`],
      [`/v1/commands/${stream}/RevokeKey`, posting({ reason: 'x' })],
      [`/v1/commands/${stream}/ListKey`, posting({ key: 'x' })],
      [`/v1/simulate/${stream}`, posting({ commands: [{ command: 'RevokeKey', data: {} }] })],
      [`/v1/timers/${stream}`],
      [`/v1/queries/${aggregate}`],
      [`/v1/live/${aggregate}`],
    ];
    for (const [path, init] of unknown) await expectProblem(ask(key, path, init), 404, 'unknown');
    for (const filter of [`aggregate=${aggregate}`, `stream=${stream}`]) {
      await expectProblem(ask(key, `/v1/events?${filter}`), 400, 'invalid');
    }
    const headers = { 'consistent-with': `${stream}@1` };
    await expectProblem(ask(key, '/v1/queries/products', { headers }), 400, 'invalid');
    const line = JSON.stringify({ aggregate, id: idOf(id), command: 'RevokeKey', data: {} });
    const ndjson = { 'content-type': 'application/x-ndjson' };
    const batch = { method: 'POST', headers: ndjson, body: `${line}\n` };
    expect(await (await ask(key, '/v1/commands', batch)).text()).toContain('unknown');
    expect(await (await ask(key, '/v1/events')).text()).not.toContain('ledge.key');
    expect(askedObjects).toEqual([]);
  });

  test('and no list of the app has them', () => {
    expect(Object.keys(schemaLock(testApp).shapes).join()).not.toContain('ledge.');
    expect(JSON.stringify(document)).not.toContain('ledge.key');
  });

  test('their events are in the journal, once each and without waiting', async () => {
    const { id } = await issued();
    const { retried } = await deliver(keptMessages());
    expect(retried).toEqual([]);
    const types = await rowsOf<{ type: string }>(
      "SELECT type FROM journal WHERE tenant = 'ledge' AND stream = ?",
      `ledge.key/${id}`,
    );
    expect(types).toEqual([{ type: 'KeyIssued' }]);
  });
});

describe('AK12 bad input is refused and nothing is stored', () => {
  const sound = { principal: 'service:shop' };

  test.each<[string, string, RequestInit, number, Kind]>([
    ['no principal', '', posting({}), 400, 'invalid'],
    ['an empty principal', '', posting({ principal: '' }), 400, 'invalid'],
    ['a principal of the machinery', '', posting({ principal: 'ledge:saga' }), 400, 'invalid'],
    ['the principal of the bootstrap', '', posting({ principal: 'key:bootstrap' }), 400, 'invalid'],
    ['a line break', '', posting({ principal: 'a\nb' }), 400, 'invalid'],
    ['claims that are a list', '', posting({ ...sound, claims: [] }), 400, 'invalid'],
    ['long claims', '', posting({ ...sound, claims: { a: 'a'.repeat(2_000) } }), 400, 'invalid'],
    ['an unknown role', '', posting({ ...sound, roles: ['root'] }), 400, 'invalid'],
    ['a malformed tenant', '', posting({ ...sound, tenant: 'a/b' }), 400, 'invalid'],
    ['a time without zone', '', posting({ ...sound, expiresAt: '2030-01-01' }), 400, 'invalid'],
    ['a past expiry', '', posting({ ...sound, expiresAt: '2020-01-01T00:00:00Z' }), 400, 'invalid'],
    ['a surplus member', '', posting({ ...sound, hash: 'aa' }), 400, 'invalid'],
    ['no JSON', '', { method: 'POST', body: '{}' }, 415, 'unsupported-media-type'],
    ['a negative grace', '/K/rotate', posting({ graceMs: -1 }), 400, 'invalid'],
    ['an endless grace', '/K/rotate', posting({ graceMs: 1e12 }), 400, 'invalid'],
    ['no reason', '/K/revoke', posting({}), 400, 'invalid'],
    ['an unknown key', `/${'0'.repeat(24)}/revoke`, posting({ reason: 'x' }), 404, 'unknown'],
    ['what is no id', '/main/revoke', posting({ reason: 'x' }), 404, 'unknown'],
    ['a foreign cursor', '?cursor=abc', {}, 400, 'invalid'],
    ['a page without end', '?limit=101', {}, 400, 'invalid'],
  ])('%s', async (_what, path, init, status, kind) => {
    const { id } = await issued();
    const before = keptMessages().length;
    // The deployment's list, the tenant's and the key.
    expect(before).toBe(3);
    const answer = isolate()(ADMIN_KEY, `/v1/keys${path.replace('K', id)}`, init);
    await expectProblem(answer, status, kind);
    expect(keptMessages()).toEqual([]);
  });

  test('a key that is over is not rotated, and is revoked once', async () => {
    const { id } = await issued();
    const ask = isolate();
    const reasons = ['left in a log', 'again'];
    for (const reason of reasons) {
      const answer = await ask(ADMIN_KEY, `/v1/keys/${id}/revoke`, posting({ reason }));
      expect(await answer.json()).toMatchObject({ status: 'revoked', reason: reasons[0] });
    }
    await expectProblem(ask(ADMIN_KEY, `/v1/keys/${id}/rotate`, posting()), 409, 'rejected');
  });
});

describe('AK19 a key carries roles and claims of the access rules', () => {
  const ask = () => isolate(undefined, shopAccess);
  const grant = { roles: ['customer'], claims: { customer: 'ann' } };
  const lines = [{ product: 'tea', quantity: 1, unitCents: 500, discountBp: 0 }];
  const placing = (customer: string) => posting({ customer, country: 'Norway', lines });

  test('which its bearer is held to', async () => {
    const { key, ...view } = await issued(grant, ask());
    expect(view).toMatchObject(grant);
    const path = '/v1/commands/order/keyed/PlaceOrder';
    expect((await ask()(key, path, placing('ann'))).status).toBe(200);
    await expectProblem(ask()(key, path, placing('bob')), 403, 'forbidden');
    await expectProblem(ask()(key, '/v1/events'), 403, 'forbidden');
    const { key: without } = await issued({}, ask());
    await expectProblem(ask()(without, path, placing('ann')), 403, 'forbidden');
  });

  test.each([
    ['a role that no rule names', { roles: ['customer', 'boss'] }, '/roles/1'],
    ['claims that the schema refuses', { ...grant, claims: { customer: 7 } }, '/claims/customer'],
  ])('%s is refused', async (_what, input, at) => {
    const wanted = { principal: 'service:shop', tenant: 'main', ...input };
    const response = await ask()(ADMIN_KEY, '/v1/keys', posting(wanted));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ at }] });
  });
});

describe('AK13 an administrator of a tenant manages the keys of that tenant alone', () => {
  const owned = { tenant: 'acme', roles: ['admin'] };

  test('it issues in its tenant, with no role that it lacks', async () => {
    const { key } = await issued(owned);
    const ask = isolate();
    const issue = (input: object) =>
      ask(key, '/v1/keys', posting({ principal: 'service:own', ...input }));
    const response = await issue({ roles: ['admin'] });
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ tenant: 'acme', roles: ['admin'] });
    await expectProblem(issue({ tenant: 'globex' }), 403, 'forbidden');
    await expectProblem(issue({ tenant: 'ledge' }), 403, 'forbidden');
    await expectProblem(issue({ roles: ['operator'] }), 403, 'forbidden');
    await expectProblem(issue({ claims: { customer: 'bob' } }), 403, 'forbidden');
  });

  test('keys of others are unknown to it, and those with more roles are not rotated', async () => {
    const { key } = await issued(owned);
    const [foreign, stronger] = [
      await issued({ tenant: 'globex' }),
      await issued({ ...owned, roles: ['operator'] }),
    ];
    const ask = isolate();
    const at = (id: string, operation: string) => `/v1/keys/${id}/${operation}`;
    const reason = posting({ reason: 'x' });
    await expectProblem(ask(key, at(foreign.id, 'revoke'), reason), 404, 'unknown');
    await expectProblem(ask(key, at(foreign.id, 'rotate'), posting()), 404, 'unknown');
    await expectProblem(ask(key, at(stronger.id, 'rotate'), posting()), 403, 'forbidden');
    expect((await ask(key, at(stronger.id, 'revoke'), reason)).status).toBe(200);
    expect((await ask(foreign.key, '/v1/me')).status).toBe(200);
  });

  test('it lists its own, the newest first, page by page', async () => {
    const tenant = `tenant-${crypto.randomUUID()}`;
    const admin = await issued({ tenant, roles: ['admin'] });
    const ids = [admin.id];
    for (let count = 0; count < 4; count++) {
      await issued({ tenant: 'globex' });
      ids.push((await issued({ tenant, note: `number ${count}` })).id);
    }
    const ask = isolate();
    const seen: string[] = [];
    let path: string | undefined = '/v1/keys?limit=2';
    while (path !== undefined) {
      const response = await ask(admin.key, path);
      expect(response.headers.get('cache-control')).toBe('no-store');
      const page: KeyPage = await response.json();
      seen.push(...page.keys.map(({ id }) => id));
      path = page.cursor && `/v1/keys?limit=2&cursor=${encodeURIComponent(page.cursor)}`;
    }
    expect(seen).toEqual(ids.toReversed());
  });

  test('AK22 a page is full, and shows by nothing how many keys other tenants have', async () => {
    const pageBeside = async (others: number) => {
      const tenant = `tenant-${crypto.randomUUID()}`;
      const admin = await issued({ tenant, roles: ['admin'] });
      for (let count = 0; count < 3; count++) {
        for (let other = 0; other < others; other++) await issued({ tenant: 'globex' });
        await issued({ tenant });
      }
      const page = await (await isolate()(admin.key, '/v1/keys?limit=2')).json<KeyPage>();
      const cursor = JSON.parse(Buffer.from(page.cursor ?? '', 'base64url').toString());
      return { keys: page.keys.length, after: cursor[1] };
    };
    expect(await pageBeside(0)).toEqual({ keys: 2, after: 3 });
    expect(await pageBeside(3)).toEqual({ keys: 2, after: 3 });
  });

  test('the list shows who issued a key and when, and no key and no hash', async () => {
    const { id, key } = await issued({ note: 'for the list' });
    const text = await (await isolate()(ADMIN_KEY, '/v1/keys?limit=1')).text();
    expect(JSON.parse(text).keys).toMatchObject([
      { id, note: 'for the list', status: 'active', issuedBy: 'key:bootstrap' },
    ]);
    expect(text).not.toContain(key);
    expect(text).not.toContain('hash');
  });
});

describe('AK14 a key is in no log, no error, no object and no table', () => {
  /** In each form that its bytes could have been written in. */
  function traces(key: string): string[] {
    const { secret } = parseKeyText(key) ?? expect.unreachable();
    const forms = [hexOf(secret), ...(['base64', 'base64url', 'latin1'] as const).map(written)];
    return [key.slice('ledge_'.length), ...forms];

    function written(encoding: 'base64' | 'base64url' | 'latin1'): string {
      return Buffer.from(secret).toString(encoding);
    }
  }

  test('through issuing, use, rotation, mistakes and revocation', async () => {
    const ask = isolate();
    const first = await issued({ roles: ['operator'] }, ask);
    const rotating = await ask(ADMIN_KEY, `/v1/keys/${first.id}/rotate`, posting());
    expect(rotating.headers.get('cache-control')).toBe('no-store');
    const { key: second }: { key: string } = await rotating.json();
    const answers: string[] = [];
    const take = async (answer: Promise<Response>) => answers.push(await (await answer).text());
    for (const key of [first.key, second]) {
      const product = posting({ name: 'tea', priceCents: 1 });
      await take(ask(key, '/v1/commands/product/tea/RegisterProduct', product));
      for (const path of ['/v1/me', '/v1/events', '/v1/incidents', '/v1/nothing', '/v1/keys']) {
        await take(ask(key, path));
      }
      await take(ask(`${key}x`, '/v1/me'));
    }
    await take(ask(ADMIN_KEY, `/v1/keys/${first.id}/revoke`, posting({ reason: 'x' })));
    faults.clockSkewMs = 20_000;
    await take(ask(second, '/v1/me'));
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    await take(ask(ADMIN_KEY, '/v1/keys'));
    faults.beforeTrip = () => undefined;
    const messages = keptMessages();
    await deliver(messages);

    const places = {
      log: JSON.stringify(faults.log),
      answers: answers.join(),
      queue: messages.join(),
      objects: await objectsText(),
      database: await databaseText(),
    };
    expect(places.objects).toContain('KeyRotated');
    expect(places.database).toContain('KeyRevoked');
    for (const trace of [first.key, second, ADMIN_KEY].flatMap(traces)) {
      for (const [place, text] of Object.entries(places)) {
        expect(text.includes(trace), place).toBe(false);
      }
    }
  });
});
