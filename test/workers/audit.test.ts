/** The audit trail: what operators and administrators do is recorded before it is done, and after. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { schemaLock } from '../../core/schema-lock.ts';
import { isAudited } from '../../worker/http/audited-routes.ts';
import { needOf } from '../../worker/http/need.ts';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { sagaApp, testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  type Described,
  type FuzzedRequest,
  fittingRequest,
  initOf,
} from './support/fuzzed-request.ts';
import { deliver, get, request, rowsOf, useKeptQueue } from './support/harness.ts';
import { documentOf } from './support/held-ledge.ts';
import { objectCount, rowsInD1 } from './support/hostile.ts';
import { isolate, issued, posting } from './support/keyed-shop.ts';

useKeptQueue();

interface Entry {
  readonly type: string;
  readonly request: string;
  readonly operation?: string;
}

async function trail(query = ''): Promise<Entry[]> {
  const { body } = await get(`/v1/audit${query}`);
  return body.entries as Entry[];
}

const document = documentOf(sagaApp);
const described: Described[] = Object.entries(document.paths).flatMap(([template, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method, template, operation })),
);
const audited = described.filter(({ method, template }) =>
  isAudited(method.toUpperCase(), template),
);

function sampleOf(one: Described): FuzzedRequest {
  const [sample] = fc.sample(fittingRequest(document, one), { numRuns: 1, seed: 1 });
  if (!sample) return expect.unreachable();
  // Its document has not the whole of its rules.
  if (sample.path !== '/v1/keys') return sample;
  const { method, path } = sample;
  const value = { principal: 'service:shop' };
  return {
    method,
    path,
    headers: {},
    type: 'application/json',
    value,
    text: JSON.stringify(value),
  };
}

const withoutTrail = deployment(sagaApp, { unreachable: (name) => name.includes('/ledge.audit/') });

describe('AU1 an operation is in the trail, or it was not done', () => {
  test.each(audited)('$method $template', async (one) => {
    const sample = sampleOf(one);
    const rows = await rowsInD1();
    const answer = await withoutTrail.worker.fetch(
      new Request(`http://ledge.test${sample.path}`, initOf(sample)),
      withoutTrail.env,
    );
    expect(await answer.json()).toMatchObject({ type: '/problems/unavailable', status: 503 });
    expect(await rowsInD1()).toBe(rows);
  });
});

describe('AU2 every operation is recorded with its target, reason and credential, before and after', () => {
  test('every described one that changes something and needs more than a caller', () => {
    const changing = described.filter(({ method, template }) => {
      const need = needOf(template);
      const isOpen = ['public', 'inbound', 'principal', 'caller'].includes(need ?? '');
      return method === 'post' && !isOpen;
    });
    const reading = changing.filter((one) => !audited.includes(one));
    expect(audited.length).toBeGreaterThan(18);
    expect(reading.map(({ template }) => template).sort()).toEqual([
      '/v1/restore/newer-streams',
      '/v1/restore/state',
      '/v1/restore/streams',
      '/v1/verify',
      '/v1/verify/checkpoints',
    ]);
  });

  test.each(audited)('$method $template', async (one) => {
    const sample = sampleOf(one);
    const { path } = sample;
    const { status } = await request(path, {
      ...initOf(sample),
      headers: { ...sample.headers, 'content-type': sample.type ?? '', 'ledge-reason': 'on call' },
    });
    const [done, requested] = await trail('?limit=2');
    expect(requested).toMatchObject({
      ...{ type: 'OperationRequested', actor: 'local-developer', credential: 'local-development' },
      operation: expect.stringMatching(/^POST \/v1\//),
      target: path,
      reason: expect.any(String),
    });
    const outcome = status < 400 ? 'done' : 'refused';
    expect(done).toMatchObject({ type: 'OperationDone', outcome, status });
    expect(done?.request).toBe(requested?.request);
  });

  test('the reason of the input counts, then the header; without both there is none', async () => {
    const ask = (input: object, headers: Record<string, string> = {}) =>
      request('/v1/projections/orders/pause', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(input),
      });
    await ask({ reason: 'input' }, { 'ledge-reason': 'header' });
    await ask({}, { 'ledge-reason': 'header' });
    await ask({});
    expect((await ask({}, { 'ledge-reason': 'x'.repeat(1_001) })).status).toBe(400);
    const requested = (await trail('?limit=6')).filter(({ type }) => type.endsWith('Requested'));
    expect(requested).toMatchObject([{ reason: null }, { reason: 'header' }, { reason: 'input' }]);
  });

  test('a key is named by its id, and never by its text', async () => {
    const { id, key } = await issued({ tenant: 'ledge', roles: ['operator', 'admin'] });
    const ask = isolate();
    expect((await ask(key, '/v1/sweep', posting())).status).toBe(200);
    const page = await (await ask(key, '/v1/audit?limit=2')).text();
    expect(JSON.parse(page).entries[1]).toMatchObject({
      ...{ actor: 'service:shop', credential: `key:${id}` },
    });
    expect(page).not.toContain(key.slice('ledge_'.length));
  });

  test('an end that is not stored leaves a request without one, and the answer as it is', async () => {
    let calls = 0;
    const once = deployment(testApp, {
      unreachable: (name) => name.includes('/ledge.audit/') && ++calls > 1,
    });
    expect((await once.post('/v1/sweep')).status).toBe(200);
    expect(await trail('?limit=1')).toMatchObject([{ type: 'OperationRequested' }]);
  });
});

describe('AU3 what is refused writes nothing', () => {
  test.each(audited)('$method $template', async (one) => {
    await get('/v1/projections');
    const before = [await rowsInD1(), await objectCount(), (await trail()).length];
    const { path } = sampleOf(one);
    const answer = await request(path, posting({ surplus: true }));
    expect(answer.status).toBe(400);
    expect([await rowsInD1(), await objectCount(), (await trail()).length]).toEqual(before);
  });

  test('nor does a caller without the role', async () => {
    const { key } = await issued({ tenant: 'acme' });
    const ask = isolate();
    for (const path of ['/v1/sweep', '/v1/keys', '/v1/projections/orders/pause']) {
      expect((await ask(key, path, posting())).status).toBe(403);
    }
    const { key: admin } = await issued({ tenant: 'acme', roles: ['admin'] });
    expect(await (await isolate()(admin, '/v1/audit')).json()).toMatchObject({ entries: [] });
  });
});

describe('AU4 the trail is reached by no other route', () => {
  test('its events are journalled, and no reader of the app sees them', async () => {
    await request('/v1/sweep', posting());
    await deliver(faults.messages.splice(0));
    const today = new Date().toISOString().slice(0, 10);
    const stream = `ledge.audit/${today}`;
    expect(await rowsOf('SELECT 1 FROM journal WHERE stream = ?', stream)).not.toEqual([]);
    for (const path of [
      `/v1/streams/${stream}`,
      '/v1/streams/ledge.audit',
      `/v1/aggregates/${stream}`,
      `/v1/timers/${stream}`,
    ]) {
      expect((await get(path)).status, path).toBe(404);
    }
    const forged = await request(`/v1/commands/${stream}/EndOperation`, posting({}));
    expect(forged.status).toBe(404);
    for (const path of [
      '/v1/events',
      `/v1/events?stream=${stream}`,
      '/v1/events?aggregate=ledge.audit',
    ]) {
      expect(JSON.stringify((await get(path)).body), path).not.toContain('Operation');
    }
    expect(JSON.stringify(schemaLock(testApp))).not.toContain('Operation');
  });
});

describe('AU5 GET /v1/audit shows a day of the tenant of its caller', () => {
  test('page by page, the newest first', async () => {
    for (let call = 0; call < 3; call++) await request('/v1/sweep', posting());
    const first = await get('/v1/audit?limit=4');
    const { cursor, day } = first.body;
    expect(day).toBe(new Date().toISOString().slice(0, 10));
    expect(first.headers.get('link')).toContain('cursor=');
    const second = await get(`/v1/audit?limit=4&cursor=${cursor}`);
    const entries = [first, second].flatMap(({ body }) => body.entries as { at: string }[]);
    expect(entries.length).toBeGreaterThan(5);
    expect(entries.map(({ at }) => at)).toEqual(
      entries
        .map(({ at }) => at)
        .sort()
        .reverse(),
    );
    const other = `/v1/audit?day=2020-01-01&limit=4&cursor=${cursor}`;
    expect((await get(other)).status).toBe(400);
  });

  test('of any day, and of no other tenant', async () => {
    expect(await trail('?day=2020-01-01')).toEqual([]);
    expect((await get('/v1/audit?day=yesterday')).status).toBe(400);
    const { key } = await issued({ tenant: 'globex', roles: ['operator'] });
    expect(await (await isolate()(key, '/v1/audit')).json()).toMatchObject({ entries: [] });
  });

  test.each([
    ['an operator', ['operator'], 200],
    ['an administrator', ['admin'], 200],
    ['another caller', [], 403],
  ])('to %s', async (_who, roles, status) => {
    const { key } = await issued({ roles });
    expect((await isolate()(key, '/v1/audit')).status).toBe(status);
  });

  test('while D1 is down', async () => {
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    expect((await get('/v1/audit')).status).toBe(200);
  });
});

describe('AU8 a dead letter that is shown', () => {
  async function park(id: string): Promise<string> {
    await rowsOf(
      `INSERT INTO dead_letter VALUES ('main', ?, '', 'order/o-1', 1, 'OrderPlaced', '{"data":{}}', 'e', '', 1, 'parked',
       '2026-01-01T00:00:00.000Z', NULL, NULL, NULL)`,
      id,
    );
    return `/v1/dead-letters/${id}`;
  }

  test('is recorded by its operator, reason and outcome; one that is not there is not', async () => {
    const path = await park('shown');
    const { status } = await request(path, { headers: { 'ledge-reason': 'a complaint' } });
    expect(status).toBe(200);
    const asked = { operation: 'GET /v1/dead-letters/:id', target: path, reason: 'a complaint' };
    const before = await trail();
    expect(before).toMatchObject([{ outcome: 'done', status: 200 }, asked, ...before.slice(2)]);
    expect((await get('/v1/dead-letters/unknown')).status).toBe(404);
    expect((await get('/v1/dead-letters')).status).toBe(200);
    expect(await trail()).toEqual(before);
  });

  test('is not shown where it cannot be recorded', async () => {
    const path = await park('hidden');
    const asked = new Request(`http://ledge.test${path}`);
    const answer = await withoutTrail.worker.fetch(asked, withoutTrail.env);
    expect(await answer.json()).toMatchObject({ type: '/problems/unavailable', status: 503 });
  });
});

test('AU6 an operation costs two object requests and the rows of two keyed events', async () => {
  await request('/v1/redrive', posting());
  await deliver(faults.messages.splice(0));
  const today = new Date().toISOString().slice(0, 10);
  const bill = await billOf(`ledge.audit/${today}`);
  bill.reset();
  await request('/v1/redrive', posting());
  const { rowsWritten } = bill.read();
  faults.rowsWritten = 0;
  await deliver(faults.messages.splice(0));
  expect({ object: rowsWritten, database: faults.rowsWritten }).toEqual({ object: 4, database: 2 });
});
