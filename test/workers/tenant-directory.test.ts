/** Which tenants there are, who of them is served, and what an operator of the deployment may do in them. */
import { describe, expect, test } from 'vitest';
import {
  ADMIN,
  ask,
  deliver,
  isolate,
  OPERATOR,
  operate,
  provision,
  register,
  sending,
} from './support/directory-shop.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { objectCount, rowsInD1 } from './support/hostile.ts';

useKeptQueue();

const TEN_SECONDS = 10_000;
const reason = 'The contract has ended.';
const suspended = { status: 403, body: { type: '/problems/suspended', reason } };

function pass(ms: number): void {
  faults.clockSkewMs += ms;
}

describe('T5 a tenant that is not provisioned does not exist', () => {
  test('a credential that names it is refused, and makes nothing', async () => {
    // The object of the directory that says so has no table either.
    await ask('nowhere.ann', '/v1/me');
    const before = [await objectCount(), await rowsInD1()];
    for (const [path, init] of [
      ['/v1/me', {}],
      ['/v1/queries/products', {}],
      ['/v1/events', {}],
      ['/v1/commands/product/tea/RegisterProduct', sending({ name: 'Tea', priceCents: 1 })],
      ['/v1/live/tickets', sending()],
    ] as const) {
      expect(await ask('nowhere.ann', path, init)).toMatchObject({
        status: 401,
        body: { type: '/problems/unauthorized', why: 'invalid' },
      });
    }
    expect([await objectCount(), await rowsInD1()]).toEqual(before);
  });

  test('no key is issued in it', async () => {
    const input = { principal: 'service:shop', tenant: 'nowhere' };
    expect(await ask(ADMIN, '/v1/keys', sending(input))).toMatchObject({
      status: 400,
      body: { errors: [{ at: '/tenant', message: expect.stringContaining('provision nowhere') }] },
    });
  });

  test('a message that names it is retried, reported, and at last logged without a row', async () => {
    await provision('t5');
    await register('t5.ann', 'tea');
    const foreign = keptMessages()
      .filter((body) => JSON.parse(body).tenant === 't5')
      .map((body) => body.replaceAll('"t5"', '"nowhere"'));
    expect(foreign.length).toBeGreaterThan(0);
    expect(await deliver(foreign)).toBe(foreign.length);
    expect(await deliver(foreign, 'events-dead')).toBe(0);
    expect(await rowsOf("SELECT 1 FROM journal WHERE tenant = 'nowhere'")).toEqual([]);
    expect(await rowsOf("SELECT 1 FROM dead_letter WHERE tenant = 'nowhere'")).toEqual([]);
    expect(faults.log).toContainEqual(
      expect.objectContaining({ note: 'of a tenant that is not provisioned' }),
    );
  });

  test('until it is provisioned, which may be repeated', async () => {
    const worker = isolate();
    expect(await ask('t5-late.ann', '/v1/me', {}, worker)).toMatchObject({ status: 401 });
    await Promise.all([provision('t5-late'), provision('t5-late')]);
    await provision('t5-late');
    pass(TEN_SECONDS);
    expect(await ask('t5-late.ann', '/v1/me', {}, worker)).toMatchObject({ status: 200 });
    const { body } = await ask(ADMIN, '/v1/tenants?limit=100');
    const listed = (body.tenants as { tenant: string }[]).map(({ tenant }) => tenant);
    expect(listed.filter((tenant) => tenant === 't5-late')).toEqual(['t5-late']);
  });

  test('its administrator sees it alone, and provisions none', async () => {
    await provision('t5-one', 't5-two');
    const own = 't5-one.boss.admin';
    expect(await ask(own, '/v1/tenants/t5-one')).toMatchObject({ status: 200 });
    expect(await ask(own, '/v1/tenants/t5-two')).toMatchObject({ status: 404 });
    expect(await ask(own, '/v1/tenants')).toMatchObject({ status: 403 });
    expect(await ask(own, '/v1/tenants', sending({ tenant: 't5-three' }))).toMatchObject({
      status: 403,
    });
    for (const operation of ['suspend', 'resume', 'schedule-erasure', 'cancel-erasure', 'erase']) {
      const input = operation === 'erase' ? {} : { reason, mode: 'closed', at: undefined };
      const { mode: _mode, ...others } = input as { mode?: string };
      const sent = operation === 'suspend' ? input : others;
      expect(await ask(own, `/v1/tenants/t5-one/${operation}`, sending(sent))).toMatchObject({
        status: 403,
      });
    }
  });
});

describe('T8 a suspended tenant', () => {
  test('takes no command while it is read-only, within ten seconds, and answers its readers', async () => {
    await provision('t8');
    const worker = isolate();
    expect(await register('t8.ann', 'tea', worker)).toMatchObject({ status: 200 });
    await operate('t8', 'suspend', { mode: 'read-only', reason });
    pass(TEN_SECONDS);
    const refused = await register('t8.ann', 'milk', worker);
    expect(refused).toMatchObject(suspended);
    expect(refused.body).toMatchObject({ mode: 'read-only' });
    const line = { aggregate: 'product', id: 'milk', command: 'RegisterProduct', data: {} };
    const headers = { 'content-type': 'application/x-ndjson' };
    const batch = { method: 'POST', headers, body: JSON.stringify(line) };
    expect(await ask('t8.ann', '/v1/commands', batch, worker)).toMatchObject({
      body: { type: '/problems/suspended' },
    });
    expect(await ask('t8.ann', '/v1/aggregates/product/tea', {}, worker)).toMatchObject({
      status: 200,
    });
    expect(await ask('t8.ann', '/v1/streams/product/milk', {}, worker)).toMatchObject({
      body: { events: [] },
    });
    await operate('t8', 'resume', { reason });
    pass(TEN_SECONDS);
    expect(await register('t8.ann', 'milk', worker)).toMatchObject({ status: 200 });
  });

  test('answers nothing while it is closed, within ten seconds', async () => {
    await provision('t8-closed');
    const worker = isolate();
    expect(await register('t8-closed.ann', 'tea', worker)).toMatchObject({ status: 200 });
    // A feed that waits when it happens answers nothing more.
    const { body: head } = await ask('t8-closed.ann', '/v1/events', {}, worker);
    const waiting = ask('t8-closed.ann', `/v1/events?after=${head.after}&wait=2`, {}, worker);
    await operate('t8-closed', 'suspend', { mode: 'closed', reason });
    pass(TEN_SECONDS);
    for (const path of ['/v1/me', '/v1/aggregates/product/tea', '/v1/queries/products']) {
      expect(await ask('t8-closed.ann', path, {}, worker)).toMatchObject(suspended);
    }
    const { status } = await waiting;
    expect(status).toBe(403);
    // Others are served, and what the tenant has done before goes its way.
    expect(await ask(ADMIN, '/v1/tenants/t8-closed')).toMatchObject({
      body: { status: 'suspended', suspension: { mode: 'closed', reason } },
    });
    expect(await deliver()).toBe(0);
  });
});

describe('T9 a blocked principal', () => {
  test('is refused with every credential within ten seconds, and no other is', async () => {
    await provision('t9');
    const worker = isolate();
    expect(await ask('t9.ann', '/v1/me', {}, worker)).toMatchObject({ status: 200 });
    const boss = 't9.boss.admin';
    const block = sending({ principal: 'user:ann', reason });
    expect(await ask(boss, '/v1/tenants/t9/block', block)).toMatchObject({
      body: { blocked: ['user:ann'] },
    });
    pass(TEN_SECONDS);
    for (const token of ['t9.ann', 't9.ann.operator']) {
      expect(await ask(token, '/v1/me', {}, worker)).toMatchObject({
        status: 401,
        body: { why: 'invalid' },
      });
    }
    expect(await ask('t9.bob', '/v1/me', {}, worker)).toMatchObject({ status: 200 });
    expect(await ask(boss, '/v1/tenants/t9/unblock', block)).toMatchObject({
      body: { blocked: [] },
    });
    pass(TEN_SECONDS);
    expect(await ask('t9.ann', '/v1/me', {}, worker)).toMatchObject({ status: 200 });
  });

  test('of one tenant is none of another', async () => {
    await provision('t9-one', 't9-two');
    const block = sending({ principal: 'user:ann', reason });
    expect(await ask('t9-one.boss.admin', '/v1/tenants/t9-two/block', block)).toMatchObject({
      status: 404,
    });
    await ask('t9-one.boss.admin', '/v1/tenants/t9-one/block', block);
    expect(await ask('t9-one.ann', '/v1/me')).toMatchObject({ status: 401 });
    expect(await ask('t9-two.ann', '/v1/me')).toMatchObject({ status: 200 });
  });
});

describe('T10 the directory fails closed', () => {
  test('where the object of a tenant does not answer, its callers get 503', async () => {
    await provision('t10');
    const worker = isolate();
    const away = {
      getByName(name: string) {
        if (name === 'ledge/ledge.tenant/t10') throw new Error('Network connection lost.');
        return env.AGGREGATE.getByName(name);
      },
    };
    const request = new Request('https://shop.example/v1/me', {
      headers: { authorization: 'Bearer t10.ann' },
    });
    const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;
    const response = await worker.fetch(request, { ...closed, AGGREGATE: away });
    expect(response.status).toBe(503);
    await response.body?.cancel();
  });
});

describe('T16 an operator of the deployment names the tenant that it operates', () => {
  const named = (tenant: string) => ({ headers: { 'ledge-tenant': tenant } });

  test('and what it reads and does there is in the audit trail of that tenant', async () => {
    await provision('t16');
    const all = await ask(OPERATOR, '/v1/dead-letters', named('t16'));
    expect(all).toMatchObject({ status: 200, body: { deadLetters: [] } });
    const { body } = await ask(OPERATOR, '/v1/audit', named('t16'));
    expect(body.entries).toMatchObject([
      { type: 'OperationRequested', target: '/v1/audit', actor: 'user:root' },
      { type: 'OperationDone', outcome: 'done' },
      { type: 'OperationRequested', target: '/v1/dead-letters', actor: 'user:root' },
    ]);
  });

  test('IE8 and events of another system are imported there', async () => {
    await provision('t16-moved');
    const line = {
      ...{ aggregate: 'product', aggregateId: 'tea', version: 1, type: 'ProductRegistered' },
      ...{ data: { name: 'Tea', priceCents: 1 }, occurredAt: '2024-03-01T09:30:00Z' },
    };
    const { headers } = named('t16-moved');
    const init = { method: 'POST', body: JSON.stringify([line]) };
    const all = { ...headers, 'content-type': 'application/json', 'ledge-reason': 'moving in' };
    const imported = await ask(OPERATOR, '/v1/import/events', { ...init, headers: all });
    expect(imported).toMatchObject({ status: 200 });
    expect(await ask('t16-moved.ann', '/v1/aggregates/product/tea')).toMatchObject({
      status: 200,
      body: { version: 1 },
    });
    const { body } = await ask(OPERATOR, '/v1/audit', named('t16-moved'));
    expect(body.entries).toContainEqual(
      expect.objectContaining({
        ...{ type: 'OperationRequested', operation: 'POST /v1/import/events' },
        ...{ actor: 'user:root', reason: 'moving in' },
      }),
    );
  });

  test('a tenant that is not there is answered with 404', async () => {
    for (const tenant of ['nowhere', 'no/where', '']) {
      expect(await ask(OPERATOR, '/v1/sagas', named(tenant))).toMatchObject({ status: 404 });
    }
  });

  test('no other caller may, nor may it where data of the app is read or written', async () => {
    await provision('t16-one', 't16-two');
    for (const token of ['t16-one.ann', 't16-one.op.operator', 't16-one.boss.admin']) {
      for (const tenant of ['t16-one', 't16-two']) {
        expect(await ask(token, '/v1/sagas', named(tenant))).toMatchObject({ status: 403 });
      }
    }
    for (const path of ['/v1/events', '/v1/queries/products', '/v1/streams/product', '/v1/keys']) {
      expect(await ask(OPERATOR, path, named('t16-one'))).toMatchObject({ status: 403 });
    }
    const pause = { ...sending(), ...named('t16-one') };
    const path = '/v1/projections/products/pause';
    expect(await ask(OPERATOR, path, pause)).toMatchObject({ status: 403 });
  });

  test('without it, it sees the dead letters of the deployment, and no sagas', async () => {
    await deliver(['{"of": "another program"}'], 'events-dead');
    const { body } = await ask(OPERATOR, '/v1/dead-letters?status=discarded');
    expect(JSON.stringify(body)).toContain('This is not a relay message.');
    expect(await ask(OPERATOR, '/v1/sagas')).toMatchObject({ status: 403 });
  });
});
