/** Quotas by leases: of commands, new streams and rows read, of principals and tenants, over several isolates. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import {
  isolate as directoryIsolate,
  operate,
  provision,
  register as tenantRegister,
} from './support/directory-shop.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { objectCount } from './support/hostile.ts';
import { posting } from './support/keyed-shop.ts';
import { askedHealth, away, counted, toNextWindow, usedRows } from './support/quota-objects.ts';

useKeptQueue();

const DAY_MS = 86_400_000;

const grants = { commands: 'all', rows: 'all', read: 'all', journal: 'all' } as const;
const roles = { customer: grants, beginner: grants, reader: grants, crowd: grants, clerk: grants };

const access = defineAccess(testApp, {
  claims: z.object({}),
  roles,
  limits: {
    customer: { commands: '6/day' },
    beginner: { streams: '2/day' },
    reader: { rows: '60/hour' },
    crowd: { commands: '100000/day' },
  },
});

type Env = Parameters<ReturnType<typeof heldLedge>['fetch']>[1];

/** An isolate without leases; its tenants need no provisioning. */
function isolate(given: typeof access | undefined = access) {
  const worker = heldLedge(testApp, {
    ...{ ...faultyPlatform, tenants: 'open', ...(given && { access: given }) },
    authenticate: ({ headers }) => {
      const [tenant = '', id = '', role = ''] = (headers.get('authorization') ?? '').split(' ');
      return { tenant, id, roles: [role] };
    },
  });
  return async (caller: string, path: string, init: RequestInit = {}, env: Env = counted) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', caller);
    const asked = new Request(`https://shop.example${path}`, { ...init, headers });
    const response = await worker.fetch(asked, env, createExecutionContext());
    const text = await response.text();
    return { status: response.status, text, headers: response.headers };
  };
}

type Ask = ReturnType<typeof isolate>;

let products = 0;

function register(ask: Ask, caller: string, id = `p${++products}`, env?: Env) {
  const path = `/v1/commands/product/${id}/RegisterProduct`;
  return ask(caller, path, posting({ name: 'Tea', priceCents: 1 }), env);
}

async function registered(times: number, ask: Ask, caller: string): Promise<number[]> {
  const statuses: number[] = [];
  for (let index = 0; index < times; index++) statuses.push((await register(ask, caller)).status);
  return statuses;
}

const repeated = (times: number, status: number) => Array.from({ length: times }, () => status);

beforeEach(() => {
  toNextWindow(DAY_MS);
  askedHealth.length = 0;
});

describe('QU20 a principal sends no more commands than its quota', () => {
  test('over all isolates, and more of them the next day', async () => {
    const [one, other] = [isolate(), isolate()];
    expect(await registered(2, one, 'c1 user:ann customer')).toEqual([200, 200]);
    expect(await registered(5, other, 'c1 user:ann customer')).toEqual([...repeated(4, 200), 429]);
    expect(await registered(1, one, 'c1 user:ann customer')).toEqual([429]);
    expect(await registered(1, one, 'c1 user:bob customer')).toEqual([200]);
    toNextWindow(DAY_MS);
    expect(await registered(1, one, 'c1 user:ann customer')).toEqual([200]);
  });

  test('at once, and what is refused leaves no object', async () => {
    const workers = Array.from({ length: 4 }, () => isolate());
    const before = await objectCount();
    const answers = await Promise.all(
      workers.flatMap((ask) => [1, 2, 3].map(() => register(ask, 'c2 user:ann customer'))),
    );
    const served = answers.filter(({ status }) => status === 200).length;
    expect(served).toBeGreaterThan(0);
    expect(served).toBeLessThanOrEqual(6);
    expect(await objectCount()).toBe(before + served + 1);
  });

  test('with the problem and the headers of a limit', async () => {
    const ask = isolate();
    await registered(6, ask, 'c3 user:ann customer');
    const { status, text, headers } = await register(ask, 'c3 user:ann customer');
    expect({ status, ...JSON.parse(text) }).toMatchObject({
      ...{ status: 429, type: '/problems/too-many-requests', limit: 'commands' },
      ...{ scope: 'principal', quota: 6, windowSeconds: 86_400 },
    });
    expect(headers.get('ratelimit-policy')).toBe('"commands";q=6;w=86400');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(86_000);
  });

  test('the lines of a batch too, and no line overtakes one of its stream that was refused', async () => {
    const line = (id: string) => ({
      ...{ aggregate: 'product', id, command: 'RegisterProduct' },
      data: { name: 'Tea', priceCents: 1 },
    });
    const ids = Array.from({ length: 205 }, (_, index) => `b${Math.min(index, 6)}`);
    const body = ids.map((id) => JSON.stringify(line(id))).join('\n');
    const headers = { 'content-type': 'application/x-ndjson' };
    const { text } = await isolate()('c4 user:ann customer', '/v1/commands', {
      method: 'POST',
      headers,
      body,
    });
    const statuses = text
      .trim()
      .split('\n')
      .map((one) => JSON.parse(one).status);
    expect(statuses.slice(0, 6)).toEqual(repeated(6, 200));
    expect(new Set(statuses.slice(6, 200))).toEqual(new Set([429]));
    expect(new Set(statuses.slice(200))).toEqual(new Set([503]));
  });

  test('what is counted is at least what was used, whatever isolates end', async () => {
    for (let index = 0; index < 5; index++) await registered(3, isolate(), 'c5 user:ann crowd');
    const [tenant, ann] = await usedRows('c5');
    expect(tenant).toMatchObject({ counter: 'commands', principal: '' });
    expect(ann).toMatchObject({ counter: 'commands', principal: 'user:ann' });
    for (const row of [tenant, ann]) {
      expect(row?.used).toBeGreaterThanOrEqual(15);
      // An isolate takes as much as it has used.
      expect(row?.used).toBeLessThanOrEqual(30);
    }
  });
});

describe('QU21 a lease costs an object request and a row for each counter', () => {
  test('300 commands of an isolate, in ten batches, ask five times', async () => {
    const limits = { crowd: { commands: '100000/day' } } as const;
    const ask = isolate(defineAccess(testApp, { claims: z.object({}), roles, limits }));
    const line = (id: number) => ({
      ...{ aggregate: 'product', id: `l${id % 6}`, command: 'RegisterProduct' },
      data: { name: 'Tea', priceCents: 1 },
    });
    for (let index = 0; index < 300; index += 30) {
      const lines = Array.from({ length: 30 }, (_, of) => JSON.stringify(line(index + of)));
      const headers = { 'content-type': 'application/x-ndjson' };
      const body = lines.join('\n');
      await ask('l1 user:ann crowd', '/v1/commands', { method: 'POST', headers, body });
    }
    expect(askedHealth).toHaveLength(5);
    expect(await usedRows('l1')).toHaveLength(2);
  });

  test('an app without quotas asks none and stores none', async () => {
    const ask = isolate(defineAccess(testApp, { claims: z.object({}), roles }));
    expect(await registered(3, ask, 'n1 user:ann customer')).toEqual(repeated(3, 200));
    for (const path of ['/v1/queries/products', '/v1/events', '/v1/streams/product']) {
      expect((await ask('n1 user:ann customer', path)).status).toBe(200);
    }
    expect(askedHealth).toEqual([]);
    expect(await usedRows('n1')).toEqual([]);
  });
});

describe('QU22 a principal begins no more streams than its quota', () => {
  test('and still sends commands to those that are there', async () => {
    const ask = isolate();
    const ann = 's1 user:ann beginner';
    expect((await register(ask, ann, 's-1')).status).toBe(200);
    expect((await register(ask, ann, 's-2')).status).toBe(200);
    const refused = await register(ask, ann, 's-3');
    expect(JSON.parse(refused.text)).toMatchObject({ status: 429, limit: 'streams', quota: 2 });
    const received = posting({ quantity: 2 });
    const changed = await ask(ann, '/v1/commands/product/s-1/ReceiveStock', received);
    expect(changed.status).toBe(200);
    const nothing = await ask(ann, '/v1/streams/product/s-3');
    expect(JSON.parse(nothing.text)).toMatchObject({ events: [] });
  });

  test('a command that begins none takes none', async () => {
    const ask = isolate();
    const ann = 's2 user:ann beginner';
    expect((await register(ask, ann, 't-1')).status).toBe(200);
    for (let quantity = 2; quantity < 6; quantity++) {
      const change = posting({ quantity });
      expect((await ask(ann, '/v1/commands/product/t-1/ReceiveStock', change)).status).toBe(200);
    }
    expect((await register(ask, ann, 't-2')).status).toBe(200);
    expect((await register(ask, ann, 't-3')).status).toBe(429);
  });
});

describe('QU23 a principal is refused once D1 has read as many rows as its quota', () => {
  test('counted by D1’s own figure, in every route that reads', async () => {
    const ask = isolate();
    const ann = 'r1 user:ann reader';
    faults.rowsRead = 0;
    expect((await ask(ann, '/v1/queries/products')).status).toBe(200);
    const rowsRead = faults.rowsRead;
    expect(rowsRead).toBeGreaterThan(0);
    let served = 1;
    while (served < 100 && (await ask(ann, '/v1/queries/products')).status === 200) served++;
    expect(served).toBe(Math.ceil(60 / rowsRead));
    for (const path of [
      '/v1/queries/products',
      '/v1/events',
      '/v1/streams/product',
      '/v1/live?query=products',
    ]) {
      const { status, text } = await ask(ann, path);
      expect({ path, status, ...JSON.parse(text) }).toMatchObject({ status: 429, limit: 'rows' });
    }
    expect((await register(ask, ann)).status).toBe(200);
    const rows = await usedRows('r1');
    const own = rows.find(({ principal }) => principal === 'user:ann');
    expect(own?.used).toBe(Math.max(60, served * rowsRead));
  });

  test('what could not be counted afterwards is counted with the next request', async () => {
    const ask = isolate();
    const ann = 'r2 user:ann reader';
    let isAway = false;
    const flaky = {
      ...counted,
      HEALTH: {
        getByName: (name: string) =>
          isAway ? away.HEALTH.getByName() : counted.HEALTH.getByName(name),
      },
    };
    faults.rowsRead = 0;
    faults.log.length = 0;
    // The lease of one row is taken, and its object is away when the rows are known.
    faults.afterTrip = async () => {
      isAway = true;
    };
    expect((await ask(ann, '/v1/queries/products', {}, flaky)).status).toBe(200);
    faults.afterTrip = async () => undefined;
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'quota' }));
    expect((await ask(ann, '/v1/queries/products')).status).toBe(200);
    const own = (await usedRows('r2')).find(({ principal }) => principal === 'user:ann');
    expect(own?.used).toBeGreaterThanOrEqual(faults.rowsRead);
  });
});

describe('QU24 what cannot be counted is not done', () => {
  test.each(['customer', 'beginner'])('a command of a %s: 503', async (role) => {
    // The tenant's own object.
    await isolate()('f1 user:ann customer', '/v1/me');
    const before = await objectCount();
    const refused = await register(isolate(), `f1 user:ann ${role}`, `f-${role}`, away);
    expect(refused.status).toBe(503);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(await objectCount()).toBe(before);
  });

  test('a query of a reader: 503', async () => {
    expect((await isolate()('f2 user:ann reader', '/v1/queries/products', {}, away)).status).toBe(
      503,
    );
  });
});

describe('QU25 the quotas of a tenant', () => {
  const limited = (quotas: object) => operate('qu25', 'limit', { quotas, reason: 'Its plan.' });

  test('hold for its callers together, are changed within ten seconds, and end', async () => {
    await provision('qu25');
    expect(await limited({ commands: '3/day' })).toMatchObject({
      body: { quotas: { commands: '3/day' } },
    });
    const worker = directoryIsolate();
    const send = async (user: string) => {
      const { status, body } = await tenantRegister(`qu25.${user}`, `q${++products}`, worker);
      return { status, scope: body.scope };
    };
    for (const user of ['ann', 'bob', 'ann'])
      expect(await send(user)).toMatchObject({ status: 200 });
    expect(await send('bob')).toEqual({ status: 429, scope: 'tenant' });
    await limited({ commands: '4/day' });
    faults.clockSkewMs += 10_000;
    expect(await send('bob')).toMatchObject({ status: 200 });
    expect(await send('ann')).toEqual({ status: 429, scope: 'tenant' });
    await limited({});
    faults.clockSkewMs += 10_000;
    for (const user of ['ann', 'bob']) expect(await send(user)).toMatchObject({ status: 200 });
  });

  test('are texts of a number and a period', async () => {
    await provision('qu25');
    for (const quotas of [
      { commands: '5' },
      { commands: 5 },
      { rows: '0/day' },
      { sockets: '1/day' },
    ]) {
      expect(await limited(quotas)).toMatchObject({ status: 400 });
    }
  });
});
