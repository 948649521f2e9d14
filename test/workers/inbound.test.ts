/** Inbounds: verified before anything is read, executed once, and nothing lost that another system has sent. */
import { createExecutionContext } from 'cloudflare:test';
import { createHmac } from 'node:crypto';
import { CloudEvent, HTTP } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import type { App } from '../../core/app.ts';
import { billOf } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { aggregateOf, rowsOf, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { inboundAccess, inboundApp, receptionApp } from './support/inbound.ts';

useKeptQueue();

const SECRET = `whsec_${Buffer.from('a secret of the carrier, 32 bytes').toString('base64')}`;
const NEXT_SECRET = `whsec_${Buffer.from('the next secret of the carrier..').toString('base64')}`;
const METER_SECRET = 'a-secret-of-the-meter';
const secrets = { CARRIER_SECRET: SECRET, METER_SECRET };

/** A caller has the role of its header; an inbound that is signed does not look at it. */
function workerOf(app: App) {
  return heldLedge(app, {
    ...faultyPlatform,
    access: inboundAccess,
    authenticate: ({ headers }) => {
      const role = headers.get('x-role');
      return role === null ? undefined : { id: 'user:a', tenant: 'main', roles: [role] };
    },
  });
}

const app = inboundApp();
const worker = workerOf(app);

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

type Headings = Readonly<Record<string, string>>;

async function post(
  name: string,
  body: string,
  headers: Headings = {},
  { at = worker, variables = secrets }: { at?: typeof worker; variables?: object } = {},
): Promise<Answer> {
  const request = new Request(`http://ledge.test/v1/inbound/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  const own = { ...deployed.env, LEDGE_LOCAL_DEVELOPMENT: 'false', ...variables };
  const response = await at.fetch(request, own, createExecutionContext());
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const deployed = deployment(app);
const mended = deployment(inboundApp(true));

/** Signed by the official package. */
function signed(body: string, secret = SECRET, at = new Date(), id = 'msg_1'): Headings {
  const signature = new Webhook(secret).sign(id, at, body);
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': signature,
  };
}

function message(id: string, status = 'delivered', parcel = id): string {
  return JSON.stringify({ id, parcel, status });
}

async function send(id: string, status = 'delivered', parcel = id): Promise<Answer> {
  const body = message(id, status, parcel);
  return post('carrier', body, signed(body));
}

async function eventsOf(id: string) {
  return aggregateOf(`troublesome/${id}`).events({ after: 0, limit: 100 });
}

async function lettersOf(id: string) {
  return rowsOf<{ id: string; event: string; error: string; status: string; attempts: number }>(
    "SELECT * FROM dead_letter WHERE event LIKE '%' || ? || '%' OR id = ?",
    id,
    id,
  );
}

function letterPath(id: string, operation = ''): string {
  return `/v1/dead-letters/${encodeURIComponent(id)}${operation}`;
}

describe('IN1 a message is taken from the system that has signed it alone', () => {
  test('as the official package of Standard Webhooks signs it', async () => {
    const { status, body } = await send('signed');
    expect(body).toEqual({
      messages: [
        {
          outcome: 'handled',
          key: 'signed',
          commands: [
            { command: 'Work', stream: 'troublesome/signed', outcome: 'accepted', version: 1 },
          ],
        },
      ],
    });
    expect(status).toBe(200);
    const [event] = await eventsOf('signed');
    expect(event).toMatchObject({ type: 'Worked', metadata: { actor: 'inbound:carrier' } });
  });

  const body = message('refused');
  // Signed in the test: a signature that was made with the table is old where the tests before took long.
  test.each<[string, string, () => Headings]>([
    ['another secret', body, () => signed(body, NEXT_SECRET)],
    ['another body', message('other'), () => signed(body)],
    ['another id', body, () => ({ ...signed(body), 'webhook-id': 'msg_2' })],
    [
      'another time',
      body,
      () => ({ ...signed(body), 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 1) }),
    ],
    ['a time five minutes ago', body, () => signed(body, SECRET, new Date(Date.now() - 301_000))],
    ['a time in five minutes', body, () => signed(body, SECRET, new Date(Date.now() + 360_000))],
    ['no signature', body, () => ({ ...signed(body), 'webhook-signature': '' })],
    [
      'a signature of another scheme',
      body,
      () => {
        const given = signed(body)['webhook-signature'] ?? '';
        return { ...signed(body), 'webhook-signature': given.replace('v1,', 'v1a,') };
      },
    ],
    ['no header', body, () => ({})],
    ['an API key', body, () => ({ authorization: 'Bearer ledge_x', 'x-role': 'partner' })],
  ])('not with %s', async (_, text, headersNow) => {
    const answer = await post('carrier', text, headersNow());
    expect(answer.status).toBe(401);
    expect(await eventsOf('refused')).toEqual([]);
  });

  test('nor is one that is refused read: a body that is no JSON is 401 without a signature, 400 with one', async () => {
    const text = '{"a":';
    expect((await post('carrier', text)).status).toBe(401);
    expect((await post('carrier', text, signed(text))).status).toBe(400);
  });

  test('with either secret, and either signature, while the sender changes its secret', async () => {
    const text = message('rotated');
    const variables = { CARRIER_SECRET: `${NEXT_SECRET} ${SECRET}` };
    for (const secret of [SECRET, NEXT_SECRET]) {
      expect((await post('carrier', text, signed(text, secret), { variables })).status).toBe(200);
    }
    const [one, other] = [signed(text, SECRET), signed(text, NEXT_SECRET)];
    const both = `${one['webhook-signature']} ${other['webhook-signature']}`;
    expect((await post('carrier', text, { ...one, 'webhook-signature': both })).status).toBe(200);
  });

  test('with an HMAC of the body, in the header and the form of the sender', async () => {
    const text = message('metered');
    const digest = createHmac('sha256', METER_SECRET).update(text).digest();
    const hex = { 'x-signature': `sha256=${digest.toString('hex')}` };
    expect((await post('meter', text, hex)).status).toBe(200);
    for (const signature of [
      digest.toString('hex'),
      `sha256=${digest.toString('base64')}`,
      'sha256=',
    ]) {
      expect((await post('meter', text, { 'x-signature': signature })).status).toBe(401);
    }
    expect((await post('meter', message('other'), hex)).status).toBe(401);
    expect(await eventsOf('metered')).toHaveLength(1);
  });

  test('and refused signatures are counted by the address that they come from', async () => {
    const keys: string[] = [];
    const RATE_DENIED = {
      limit: async ({ key }: { key: string }) => {
        keys.push(key);
        return { success: keys.length < 2 };
      },
    };
    const headers = { 'cf-connecting-ip': '192.0.2.7' };
    const variables = { ...secrets, RATE_DENIED };
    expect((await post('carrier', message('denied'), headers, { variables })).status).toBe(401);
    expect((await post('carrier', message('denied'), headers, { variables })).status).toBe(429);
    expect(keys).toEqual(['192.0.2.7', '192.0.2.7']);
  });

  test('a body that is too large is refused before it is verified', async () => {
    expect((await post('carrier', `"${'x'.repeat(1_048_576)}"`)).status).toBe(413);
  });
});

test.each([
  ['missing', undefined],
  ['empty', ''],
  ['too short', 'whsec_c2hvcnQ='],
  ['no base64', 'whsec_???????????????????????????????????????'],
  ['one of them too short', `${SECRET} whsec_c2hvcnQ=`],
])('IN2 a secret that is %s is 503, and the log names the variable', async (_, secret) => {
  const text = message('without');
  const variables = { CARRIER_SECRET: secret };
  const { status, headers } = await post('carrier', text, signed(text), { variables });
  expect(status).toBe(503);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  expect(faults.log).toContainEqual(
    expect.objectContaining({
      operation: 'inbound',
      inbound: 'carrier',
      members: ['CARRIER_SECRET'],
    }),
  );
  expect(await eventsOf('without')).toEqual([]);
});

describe('IN3 an inbound that takes a credential needs its grant', () => {
  const text = message('granted');

  test('from a role', async () => {
    expect((await post('partner', text)).status).toBe(401);
    const refused = await post('partner', text, { 'x-role': 'stranger' });
    expect([refused.status, refused.body.needs]).toEqual([403, 'inbound partner']);
    expect((await post('partner', text, { 'x-role': 'partner' })).status).toBe(200);
    const [event] = await eventsOf('granted');
    expect(event?.metadata.actor).toBe('inbound:partner');
  });

  test('and which inbounds there are is for callers alone to know', async () => {
    expect((await post('nothing', text)).status).toBe(401);
    const unknown = await post('nothing', text, { 'x-role': 'partner' });
    expect([unknown.status, unknown.body.known]).toEqual([404, ['carrier', 'meter', 'partner']]);
  });
});

describe('IN4 a message that comes again changes nothing', () => {
  test('and costs no row, in the object or in D1', async () => {
    await send('again', 'twice');
    const bill = await billOf('troublesome/again');
    let trips = 0;
    faults.beforeTrip = () => {
      trips++;
    };
    const { status, body } = await send('again', 'twice');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      messages: [
        {
          commands: [
            { replayed: true, version: 1 },
            { replayed: true, version: 2 },
          ],
        },
      ],
    });
    expect(await eventsOf('again')).toHaveLength(2);
    expect([bill.read().rowsWritten, trips]).toEqual([0, 0]);
  });

  test('though it is mapped to something else meanwhile', async () => {
    await send('remapped', 'delivered');
    const { body } = await send('remapped', 'twice');
    expect(body).toMatchObject({ messages: [{ commands: [{ replayed: true }, { version: 2 }] }] });
    const { body: other } = await send('remapped', 'rejected');
    expect(other).toMatchObject({
      messages: [{ commands: [{ outcome: 'accepted', version: 1 }] }],
    });
  });

  test('a rejection is an answer, and the same one again', async () => {
    const first = await send('no', 'rejected');
    expect(first.status).toBe(200);
    expect(first.body).toMatchObject({
      messages: [{ commands: [{ outcome: 'rejected', reason: 'never' }] }],
    });
    expect((await send('no', 'rejected')).body).toMatchObject({
      messages: [{ commands: [{ outcome: 'rejected', replayed: true }] }],
    });
  });

  test('and no caller can use its keys', async () => {
    const key = 'ledge:inbound/carrier/x/0';
    const request = new Request('http://ledge.test/v1/commands/troublesome/x/Work', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-role': 'stranger', 'idempotency-key': key },
      body: '{}',
    });
    const { status } = await worker.fetch(request, deployed.env, createExecutionContext());
    expect(status).toBe(400);
  });
});

test('IN5 a message from which nothing follows is answered its reason', async () => {
  const { status, body } = await send('ignored', 'lost');
  expect(status).toBe(200);
  expect(body).toEqual({ messages: [{ outcome: 'ignored', key: 'ignored', reason: 'not ours' }] });
});

describe('IN6 CloudEvents', () => {
  const partner = { 'x-role': 'partner' };

  function event(id: string, parcel = id) {
    return new CloudEvent({
      ...{ id, source: '/carrier', type: 'parcel.delivered' },
      data: { id: 'own', parcel, status: 'ä delivered' },
    });
  }

  test.each(['structured', 'binary'] as const)(
    'in %s mode, as the official package sends them',
    async (mode) => {
      const { headers, body } = HTTP[mode](event(mode));
      const sent: Record<string, string> = { ...partner };
      for (const [name, value] of Object.entries(headers)) sent[name] = String(value);
      const answer = await post('partner', String(body), sent);
      expect(answer.body).toMatchObject({ messages: [{ outcome: 'handled', key: mode }] });
      const [worked] = await eventsOf(mode);
      expect(worked?.data).toEqual({ note: 'ä delivered' });
    },
  );

  test('whatever its extensions are called', async () => {
    const sent = { ...partner, 'ce-specversion': '1.0', 'ce-id': 'extended', 'ce-source': '/c' };
    const headers = { ...sent, 'ce-type': 't', 'ce-outcome': 'failed' };
    const { status } = await post('partner', message('own', 'delivered', 'extended'), headers);
    expect(status).toBe(200);
    const broken = await post('partner', message('own'), { ...headers, 'ce-subject': '%zz' });
    expect(broken.status).toBe(400);
    expect(await eventsOf('extended')).toHaveLength(1);
  });

  const batchType = { 'content-type': 'application/cloudevents-batch+json', ...partner };

  test('in a batch, in its order', async () => {
    const events = ['a', 'b', 'c'].map((id) => event(id, 'batched').toJSON());
    const { body } = await post('partner', JSON.stringify(events), batchType);
    expect(body).toMatchObject({ messages: [{ key: 'a' }, { key: 'b' }, { key: 'c' }] });
    expect(await eventsOf('batched')).toHaveLength(3);
  });

  test('a batch with one that is not valid changes nothing', async () => {
    const broken = { ...event('x', 'half-batch').toJSON(), data: { parcel: 7 } };
    const events = [event('w', 'half-batch').toJSON(), broken];
    const { status, body } = await post('partner', JSON.stringify(events), batchType);
    expect(status).toBe(400);
    expect(JSON.stringify(body.errors)).toContain('/1');
    const unnamed = [event('w', 'half-batch').toJSON(), { specversion: '1.0' }];
    expect((await post('partner', JSON.stringify(unnamed), batchType)).status).toBe(400);
    const many = Array.from({ length: 101 }, () => event('w', 'half-batch').toJSON());
    expect((await post('partner', JSON.stringify(many), batchType)).status).toBe(400);
    expect(await eventsOf('half-batch')).toEqual([]);
  });

  test('not in binary mode where the body is signed: its id would be anything', async () => {
    const text = message('binary-signed');
    const { headers } = HTTP.binary(event('forged'));
    const sent: Record<string, string> = { ...signed(text) };
    for (const [name, value] of Object.entries(headers)) sent[name] = String(value);
    const forged = await post('carrier', text, { ...sent, 'content-type': 'application/json' });
    expect(forged.status).toBe(415);
  });

  test('another media type is refused', async () => {
    expect(
      (await post('partner', 'a=1', { ...partner, 'content-type': 'text/plain' })).status,
    ).toBe(415);
  });
});

describe('IN7 what cannot be mapped, or be executed by any attempt, is a dead letter with its message', () => {
  test.each([
    ['a mapping that throws', 'unmapped', 'Error: not this one'],
    ['a command that no attempt can execute', 'half', 'Work of troublesome is invalid'],
    ['an aggregate that throws', 'broken', 'Throw of troublesome is failed'],
  ])('%s', async (_, status, error) => {
    const id = `dead-${status}`;
    const { status: code, body } = await send(id, status);
    expect(code).toBe(200);
    expect(body).toMatchObject({ messages: [{ outcome: 'parked' }] });
    await send(id, status);
    const [letter, ...others] = await lettersOf(id);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({
      generation: 'inbound:carrier@1',
      attempts: 2,
      status: 'parked',
    });
    expect(letter?.error).toContain(error);
    expect(JSON.parse(letter?.event ?? '')).toEqual({ message: JSON.parse(message(id, status)) });
    expect(faults.log).toContainEqual(
      expect.objectContaining({ operation: 'inbound', inbound: 'carrier', outcome: 'parked' }),
    );

    const path = letterPath(letter?.id ?? '');
    const again = await deployed.post(`${path}/redrive`);
    expect(again.body).toMatchObject({ status: 'parked', attempts: 3 });
    const done = await mended.post(`${path}/redrive`);
    expect(done.body).toMatchObject({ status: 'redriven' });
    expect((await eventsOf(id)).length).toBe(status === 'half' ? 2 : 1);
    expect(await lettersOf(id)).toEqual([]);
    expect((await mended.post(`${path}/redrive`)).status).toBe(409);
  });

  test('a key that cannot be found', async () => {
    const { body } = await send('keyless');
    expect(body).toMatchObject({ messages: [{ outcome: 'parked' }] });
    const [letter] = await lettersOf('keyless');
    const { body: done } = await mended.post(letterPath(letter?.id ?? '', '/redrive'));
    expect(done).toMatchObject({ status: 'redriven' });
    expect(await eventsOf('keyless')).toHaveLength(1);
  });

  test('operators list them by the inbound, redrive all of them, and discard one for good', async () => {
    for (const id of ['listed-a', 'listed-b']) await send(id, 'unmapped');
    const listed = await deployed.get('/v1/dead-letters?projection=inbound:carrier&status=parked');
    const letters = listed.body.deadLetters as { id: string }[];
    expect(letters).toHaveLength(2);
    const path = letterPath(letters[0]?.id ?? '');
    const shown = await deployed.get(path);
    expect(shown.body.event).toMatchObject({ message: { status: 'unmapped' } });
    await deployed.post(`${path}/discard`, { reason: 'a test' });
    expect((await deployed.get(path)).body).toMatchObject({ status: 'discarded', event: null });
    for (const id of ['listed-a', 'listed-b']) await send(id, 'unmapped');
    expect((await deployed.get(path)).body).toMatchObject({ status: 'discarded', event: null });
    const { body } = await mended.post('/v1/redrive', { projection: 'inbound:carrier' });
    expect(body).toEqual({ tried: 1, parkedAgain: 0, more: false, after: letters[1]?.id });
  });

  test('one after another: a message behind it in a batch is handled', async () => {
    const events = [
      ['first', 'unmapped'],
      ['second', 'delivered'],
    ].map(([id = '', status]) => ({
      ...{ specversion: '1.0', id, source: '/c', type: 't', parcel: 'behind', status },
    }));
    const text = JSON.stringify(events);
    const headers = { ...signed(text), 'content-type': 'application/cloudevents-batch+json' };
    const { body } = await post('carrier', text, headers);
    expect(body).toMatchObject({ messages: [{ outcome: 'parked' }, { outcome: 'handled' }] });
  });

  test('where D1 cannot record it, the sender is asked to send it again', async () => {
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    const { status } = await send('unrecorded', 'unmapped');
    expect(status).toBe(503);
  });
});

test('IN8 an object that does not answer is 503 with Retry-After, and nothing is a dead letter', async () => {
  const away = deployment(app, { unreachable: (name) => name.endsWith('/away') });
  const text = message('away');
  const { status, headers } = await post('carrier', text, signed(text), {
    variables: { ...secrets, AGGREGATE: away.env.AGGREGATE },
  });
  expect(status).toBe(503);
  expect(headers.get('retry-after')).not.toBeNull();
  expect(await lettersOf('away')).toEqual([]);
  expect((await send('away')).status).toBe(200);
});

describe('IN9 personal data', () => {
  const receiving = deployment(receptionApp());
  const repaired = deployment(receptionApp(true));
  const NAME = 'Ann Canary-Inbound';

  async function register(id: string, city: string): Promise<Answer> {
    return receiving.post('/v1/inbound/reception', { id, name: NAME, city });
  }

  test('is sealed before a command is sent, once', async () => {
    for (const replayed of [undefined, true]) {
      const { status, body } = await register('g-in', 'Bern');
      expect([status, body]).toMatchObject([
        200,
        { messages: [{ commands: [{ outcome: 'accepted' }] }] },
      ]);
      expect(JSON.stringify(body).includes('replayed')).toBe(replayed === true);
    }
    const events = await aggregateOf('guest/g-in').events({ after: 0, limit: 10 });
    expect(JSON.stringify(events)).toContain('~1.g-in.');
    expect(JSON.stringify(events)).not.toContain('Canary');
  });

  test('is sealed in a dead letter, and in no error of it, and opened to be redriven', async () => {
    const { body } = await register('g-dead', 'unmapped');
    expect(body).toMatchObject({ messages: [{ outcome: 'parked' }] });
    const rows = await rowsOf<{ id: string }>(
      "SELECT * FROM dead_letter WHERE generation = 'inbound:reception@1'",
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain('Canary');
    const path = letterPath(rows[0]?.id ?? '');
    expect((await receiving.get(path)).body).toMatchObject({ event: null, error: 'Error' });
    expect((await repaired.post(`${path}/redrive`)).body).toMatchObject({ status: 'redriven' });
    const events = await aggregateOf('guest/g-dead').events({ after: 0, limit: 10 });
    expect(events).toHaveLength(1);
  });

  test('of a subject that is forgotten is neither stored nor kept', async () => {
    await register('g-gone', 'Bern');
    const forgotten = await receiving.post('/v1/subjects/g-gone/forget', { reason: 'a test' });
    expect(forgotten.status).toBe(200);
    const { body } = await receiving.post('/v1/inbound/reception', {
      id: 'g-gone',
      name: 'New',
      city: 'x',
    });
    expect(body).toMatchObject({ messages: [{ commands: [{ outcome: 'subject-forgotten' }] }] });
  });
});

describe('IN14 the tenant of a signed message', () => {
  test('is named by the inbound or by the Worker, or there is no Worker', () => {
    const [carrier] = app.inbound ?? [];
    const { tenant: _none, ...homeless } = carrier ?? {};
    const without = { ...app, inbound: [homeless] } as unknown as App;
    expect(() => workerOf(without)).toThrow('The inbound carrier is signed, and names no tenant.');
  });

  test('lets its messages in as it does its callers', async () => {
    const provisioned = heldLedge(app, { ...faultyPlatform, tenants: 'provisioned' });
    const text = message('nowhere');
    const { status } = await post('carrier', text, signed(text), { at: provisioned });
    expect(status).toBe(401);
    expect(await eventsOf('nowhere')).toEqual([]);
  });

  test('is the one of local development there, which needs the signature all the same', async () => {
    const local = heldLedge(app, { ...faultyPlatform, tenants: 'provisioned' });
    const text = message('local');
    const at = { at: local, variables: { ...secrets, LEDGE_LOCAL_DEVELOPMENT: 'true' } };
    expect((await post('carrier', text, {}, at)).status).toBe(401);
    expect((await post('carrier', text, signed(text), at)).status).toBe(200);
    const [event] = await eventsOf('local');
    expect(event?.metadata.actor).toBe('inbound:carrier');
  });
});

test('IN10 parked messages raise an alert, and none of projections', async () => {
  await send('alerting', 'unmapped');
  const { body } = await deployed.get('/v1/status');
  const names = (body.alerts as { alert: string }[]).map(({ alert }) => alert);
  expect(names).toContain('inbound-parked');
  expect(names).not.toContain('dead-letters');
});
