/** Personal data: sealed before it is stored, opened when it is answered, and nowhere plain in between. */
import { createExecutionContext, runDurableObjectAlarm } from 'cloudflare:test';
import { beforeAll, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { isSealed, sealedPrefix, sealedText } from '../../core/sealed/sealed.ts';
import { sealedPlaces } from '../../core/sealed/sealed-places.ts';
import { fingerprint } from '../../worker/commands/fingerprint.ts';
import { readiness } from '../../worker/health/readiness.ts';
import { shownPersonal } from '../../worker/personal/show-personal.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { GUESTS_TABLE, guest, guestAccess, guestApp, guests } from './support/guests.ts';
import {
  aggregateOf,
  env,
  evict,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { databaseText, objectsText } from './support/stored-text.ts';

useKeptQueue();

const house = deployment(guestApp);

/** Without reactions. */
const quiet = deployment(defineApp({ aggregates: [guest], projections: [guests] }));

/** A Worker that knows no key yet. */
function isolate() {
  return heldLedge(guestApp, {
    ...faultyPlatform,
    access: guestAccess,
    authenticate: ({ headers }) => {
      const role = headers.get('authorization') ?? '';
      return { id: `user:${role}`, tenant: 'main', roles: [role] };
    },
  });
}

const guarded = isolate();

interface Reply {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows the answer that it asked for.
  readonly body: any;
}

async function ask(
  role: 'host' | 'porter',
  path: string,
  init: RequestInit = {},
  bindings: LedgeEnv = env,
  worker = guarded,
): Promise<Reply> {
  const headers = { ...init.headers, authorization: role };
  const request = new Request(`https://house.example${path}`, { ...init, headers });
  const response = await worker.fetch(request, bindings as typeof env, createExecutionContext());
  const text = await response.text();
  const { status, headers: answered } = response;
  return { status, etag: answered.get('etag'), body: text === '' ? {} : JSON.parse(text) };
}

function posting(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  };
}

const NAME = 'Ann Canary-Name';
const STREET = 'Canary-Street 7';

function registration(person: string, more: object = {}) {
  return { person, name: NAME, address: { street: STREET, city: 'B' }, note: 'sober', ...more };
}

/** The outcomes of commands of one guest: registrations, or commands without data. */
async function batch(
  role: 'host' | 'porter',
  id: string,
  commands: readonly (object | string)[],
  bindings: LedgeEnv = env,
): Promise<Reply['body']> {
  const lines = commands.map((one) => ({
    ...{ aggregate: 'guest', id },
    ...(typeof one === 'string'
      ? { command: one, data: {} }
      : { command: 'RegisterGuest', data: one }),
  }));
  const init = posting(lines, { authorization: role });
  const request = new Request('https://house.example/v1/commands', init);
  const response = await guarded.fetch(request, bindings as typeof env, createExecutionContext());
  const text = await response.text();
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function register(id: string, more: object = {}) {
  return ask('host', `/v1/commands/guest/${id}/RegisterGuest`, posting(registration(id, more)));
}

const MESSAGES_AT_ONCE = 10;

/** Until the reactor and the saga have nothing left to do. */
async function deliverAll(): Promise<void> {
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    for (let at = 0; at < messages.length; at += MESSAGES_AT_ONCE) {
      expect(await house.deliver(messages.slice(at, at + MESSAGES_AT_ONCE))).toBe(0);
    }
  }
}

beforeAll(async () => {
  await rowsOf(GUESTS_TABLE);
  await register('first');
  await deliverAll();
});

describe('PD1 no plain personal data', () => {
  test('is in an object, in D1, in the queue or in the log', async () => {
    await register('pd1');
    const messages = keptMessages();
    expect(messages.join()).toContain(sealedPrefix('pd1'));
    expect(messages.join()).not.toMatch(/canary/i);
    expect(await house.deliver(messages)).toBe(0);
    await deliverAll();
    // The command of the timer, the reactor and the saga.
    faults.clockSkewMs = 3_700_000;
    await runDurableObjectAlarm(objectOf('guest/pd1'));
    await deliverAll();
    for (const stream of ['pd1', 'pd1-greeted', 'pd1-again']) {
      const { body } = await ask('host', `/v1/streams/guest/${stream}`);
      expect(body.events.at(-1)).toMatchObject({ type: 'GuestGreeted', data: { name: NAME } });
    }
    const stored = [await objectsText(), await databaseText(), JSON.stringify(faults.log)].join();
    expect(stored).toContain(sealedPrefix('pd1'));
    expect(stored).not.toMatch(/canary/i);
  });

  test('is what a decider has, warm and cold', async () => {
    await register('decided');
    for (const isCold of [false, true]) {
      if (isCold) await evict('guest/decided');
      const [outcome] = await aggregateOf('guest/decided').execute([
        { name: 'ShowGuest', data: {}, fingerprint: 'x', actor: 'user:x' },
      ]);
      expect(outcome).toMatchObject({
        outcome: 'rejected',
        details: { names: [expect.stringMatching(/^~1\.decided\.1\./)] },
      });
    }
  });

  test('is in a problem: the details of a rejection have null', async () => {
    await register('shown');
    const shown = await ask('host', '/v1/commands/guest/shown/ShowGuest', posting({}));
    expect(shown).toMatchObject({
      status: 409,
      body: { reason: 'shown', details: { names: [null] } },
    });
  });
});

describe('PD8 a caller with the grant personal', () => {
  const opened = { name: NAME, address: { street: STREET, city: 'B' } };
  const masked = { name: null, address: null };
  /** By what it is shown of the guest. */
  const reads = {
    'the outcome of a command': async (role: 'host' | 'porter', id: string) =>
      (await ask(role, `/v1/commands/guest/${id}-x/RegisterGuest`, posting(registration(id)))).body
        .events[0].data,
    'a batch': async (role: 'host' | 'porter', id: string) =>
      (await batch(role, `${id}-y`, [registration(id)]))[0].events[0].data,
    'a stream': async (role: 'host' | 'porter', id: string) =>
      (await ask(role, `/v1/streams/guest/${id}`)).body.events[0].data,
    'the journal': async (role: 'host' | 'porter', id: string) =>
      (await ask(role, `/v1/events?stream=guest/${id}`)).body.events[0].data,
    'a list': async (role: 'host' | 'porter', id: string) =>
      (await ask(role, `/v1/queries/guests?guest=${id}`)).body.rows[0],
    'a row': async (role: 'host' | 'porter', id: string) =>
      (await ask(role, `/v1/queries/guests/${id}`)).body,
  };
  test.each(Object.entries(reads))(
    'is shown it in %s, and another caller null',
    async (what, read) => {
      const id = `pd8-${Object.keys(reads).indexOf(what)}`;
      await register(id);
      await deliverAll();
      expect(await read('host', id)).toMatchObject({ person: id, ...opened });
      expect(await read('porter', id)).toMatchObject({ person: id, ...masked });
    },
  );

  test('is shown it in a state, a named query, the past and a simulation', async () => {
    await register('pd8');
    await deliverAll();
    const stateOf = async (role: 'host' | 'porter', more = '') =>
      (await ask(role, `/v1/aggregates/guest/pd8${more}`)).body.state;
    for (const more of ['', '?version=1']) {
      expect(await stateOf('host', more)).toEqual({ names: [NAME] });
      expect(await stateOf('porter', more)).toEqual({ names: [null] });
    }
    expect((await ask('host', '/v1/queries/named-guests')).body.rows).toContainEqual({ who: NAME });
    const rows = (await ask('porter', '/v1/queries/named-guests')).body.rows;
    expect(new Set(rows.map(({ who }: { who: unknown }) => who))).toEqual(new Set([null]));
    const steps = [
      { command: 'RegisterGuest', data: { person: 'never', name: 'Bob' } },
      { event: { type: 'GuestRegistered', data: { person: 'pd8', name: 'Eve' } } },
    ];
    const played = async (role: 'host' | 'porter') =>
      (await ask(role, '/v1/simulate/guest/pd8', posting({ steps }))).body.steps;
    expect(await played('host')).toMatchObject([
      { events: [{ data: { name: 'Bob' } }] },
      { events: [{ data: { name: 'Eve' } }], state: { names: [NAME, 'Bob', 'Eve'] } },
    ]);
    expect(await played('porter')).toMatchObject([
      { events: [{ data: { name: null } }] },
      { events: [{ data: { name: null } }], state: { names: [null, null, null] } },
    ]);
    // Nothing is stored: no key either.
    expect(await aggregateOf('ledge.subject/never').headVersion()).toBe(0);
  });

  test('gets another entity tag than the other, and its version is still a precondition', async () => {
    await register('tagged');
    await deliverAll();
    for (const path of ['/v1/aggregates/guest/tagged', '/v1/queries/guests/tagged']) {
      const host = await ask('host', path);
      const porter = await ask('porter', path);
      expect(host.etag).not.toBe(porter.etag);
      const known = { 'if-none-match': host.etag ?? '' };
      expect((await ask('host', path, { headers: known })).status).toBe(304);
      expect((await ask('porter', path, { headers: known })).status).toBe(200);
    }
    const { etag } = await ask('host', '/v1/aggregates/guest/tagged');
    const path = '/v1/commands/guest/tagged/GreetGuest';
    const data = { person: 'tagged', name: NAME };
    const isThere = await ask('host', path, posting(data, { 'if-match': etag ?? '' }));
    expect(isThere).toMatchObject({ status: 200, body: { version: 2 } });
    const isGone = await ask('host', path, posting(data, { 'if-match': etag ?? '' }));
    expect(isGone.status).toBe(412);
  });

  test('is named so', async () => {
    expect((await ask('host', '/v1/me')).body.may).toContain('personal');
    expect((await ask('porter', '/v1/me')).body.may).not.toContain('personal');
  });
});

describe('PD8 live queries', () => {
  /** The event stream of the list, as it is sent so far. */
  async function followed(role: 'host' | 'porter') {
    const request = new Request('https://house.example/v1/live/guests?guest=live-1', {
      headers: { authorization: role },
    });
    const { body } = await guarded.fetch(request, env, createExecutionContext());
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (part: string) => {
      while (!text.includes(part)) text += (await reader?.read())?.value ?? '';
      return text;
    };
    return { until, end: () => reader?.cancel() };
  }

  test('have plain rows for one caller and null for another', async () => {
    const [host, porter] = [await followed('host'), await followed('porter')];
    await Promise.all([host, porter].map(({ until }) => until('"snapshot"')));
    await register('live-1');
    await deliverAll();
    const shown = [await host.until('event: change'), await porter.until('event: change')];
    const texts = [await host.until('live-1"'), await porter.until('live-1"')];
    expect(texts[0]).toContain(`"name":"${NAME}"`);
    expect(texts[1]).toContain('"name":null');
    expect(shown.join()).not.toContain(sealedPrefix('live-1'));
    await Promise.all([host.end(), porter.end()]);
  });
});

describe('PD9 the door', () => {
  test('refuses plain data that the schema refuses, and makes no key for it', async () => {
    for (const data of [
      { person: 'pd9', name: ' ' },
      { person: 'pd9', name: NAME, surplus: 1 },
      { person: 'not an id', name: NAME },
    ]) {
      const refused = await ask('host', '/v1/commands/guest/pd9/GreetGuest', posting(data));
      expect(refused.status).toBe(400);
      expect(JSON.stringify(refused.body)).not.toContain(NAME);
    }
    expect(await aggregateOf('ledge.subject/pd9').headVersion()).toBe(0);
  });

  test('seals what looks sealed, and takes nothing sealed elsewhere', async () => {
    await register('victim');
    const { events } = JSON.parse(keptMessages().at(-1) ?? '');
    const stolen = sealedPlaces(events).map(({ text }) => text)[0] ?? '';
    expect(isSealed(stolen)).toBe(true);
    const path = '/v1/commands/guest/thief/RegisterGuest';
    const noted = await ask('host', path, posting({ person: 'thief', name: NAME, note: stolen }));
    expect(noted).toMatchObject({ status: 400, body: { errors: [{ at: '/note' }] } });
    const renamed = await ask('host', path, posting({ person: 'thief', name: stolen }));
    expect(renamed.status).toBe(200);
    const { body } = await ask('host', '/v1/streams/guest/thief');
    expect(body.events[0].data.name).toBe(stolen);
  });

  test('knows a repeat, and another value under the same key', async () => {
    const path = '/v1/commands/guest/repeated/RegisterGuest';
    const once = { 'idempotency-key': 'k-1' };
    const sent = (data: object) => ask('host', path, posting(data, once));
    const first = await sent(registration('repeated'));
    const again = await sent(registration('repeated'));
    expect(again.body).toEqual({ ...first.body, replayed: true });
    expect((await sent(registration('repeated', { name: 'Bob' }))).status).toBe(422);
    // The digest of a name could be found by trying names.
    const stored = await objectsText();
    expect(stored).not.toContain(fingerprint('RegisterGuest', registration('repeated')));
    expect(stored).toContain('"k-1"');
  });

  test('refuses data of a forgotten subject, and stores nothing', async () => {
    await register('gone');
    await aggregateOf('ledge.subject/gone').execute([
      { name: 'ForgetSubject', data: { reason: 'asked' }, fingerprint: 'f', actor: 'user:officer' },
    ]);
    await deliverAll();
    faults.clockSkewMs = 61_000;
    const refused = await register('gone', { note: 'again' });
    expect(refused).toMatchObject({
      status: 409,
      body: { type: '/problems/subject-forgotten', subject: 'gone' },
    });
    const { body } = await ask('host', '/v1/streams/guest/gone');
    expect(body.events).toMatchObject([{ version: 1, data: { name: null, note: 'sober' } }]);
    const data = [registration('gone'), registration('not-gone')];
    expect(await batch('host', 'gone', data)).toMatchObject([{ status: 409 }, { status: 200 }]);
  });

  test('fails closed without the secret', async () => {
    await register('unlocked');
    const { LEDGE_PERSONAL_KEY: _key, ...without } = env;
    const sent = await ask(
      'host',
      '/v1/commands/guest/locked/RegisterGuest',
      posting(registration('locked')),
      without,
    );
    expect(sent).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('LEDGE_PERSONAL_KEY') },
    });
    expect(await aggregateOf('guest/locked').headVersion()).toBe(0);
    const read = await ask('host', '/v1/streams/guest/unlocked', {}, without);
    expect(read.status).toBe(503);
    const lines = [registration('locked'), 'ShowGuest'];
    const held = await batch('host', 'locked', lines, without);
    // What comes after it in its stream must not overtake it.
    expect(held).toMatchObject([
      { status: 503 },
      { status: 503, detail: expect.stringMatching(/^Held back/) },
    ]);
    const checks = await readiness(house.machinery, without);
    expect(checks).toContainEqual(expect.objectContaining({ name: 'personal-key', ok: false }));
    expect(await readiness(house.machinery, env)).toContainEqual({
      name: 'personal-key',
      ok: true,
    });
    // Without the grant nothing is opened.
    expect((await ask('porter', '/v1/streams/guest/unlocked', {}, without)).status).toBe(200);
  });

  test('opens nothing of another tenant or subject', async () => {
    await register('moved');
    keptMessages();
    const forged = sealedText({ subject: 'moved', incarnation: 1, bytes: 'A'.repeat(60) });
    await aggregateOf('guest/forged').execute([
      {
        name: 'GreetGuest',
        data: { person: 'moved', name: forged },
        fingerprint: 'f',
        actor: 'user:x',
      },
    ]);
    const { body } = await ask('host', '/v1/streams/guest/forged');
    expect(body.events[0].data.name).toBeNull();
    expect(faults.log).toMatchObject([{ level: 'error', operation: 'open-personal' }]);
  });
});

describe('PD10 the cost of opening', () => {
  test('a page of a hundred subjects is one statement of D1, once a minute', async () => {
    const lines = Array.from({ length: 100 }, (_, index) => ({
      ...{ aggregate: 'guest', id: `cost-${index}`, command: 'RegisterGuest' },
      data: { person: `cost-${index}`, name: NAME },
    }));
    const sent = new Request(
      'https://house.example/v1/commands',
      posting(lines, { authorization: 'host' }),
    );
    await (await guarded.fetch(sent, env, createExecutionContext())).text();
    for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
      expect(await quiet.deliver(messages)).toBe(0);
    }
    const cold = isolate();
    const path = '/v1/queries/guests?limit=100&guest.prefix=cost-';
    // What a first read looks up of the read model.
    await ask('porter', path, {}, env, cold);
    const closed = await tripsOf(() => ask('porter', path, {}, env, cold));
    const opened = await tripsOf(async () => {
      const { body } = await ask('host', path, {}, env, cold);
      expect(body.rows).toHaveLength(100);
      for (const { name } of body.rows) expect(name).toBe(NAME);
    });
    expect(opened).toBe(closed + 1);
    expect(await tripsOf(() => ask('host', path, {}, env, cold))).toBe(closed);
  });

  test('an app without personal data pays nothing, and its answers are not looked through', async () => {
    const answer = { text: sealedText({ subject: 'x', incarnation: 1, bytes: 'A'.repeat(40) }) };
    const reader = { env, tenant: 'main', opensPersonal: true };
    const plain = { ...reader, machinery: machineryFor(testApp, faultyPlatform) };
    const trips = await tripsOf(async () =>
      expect(await shownPersonal(plain, answer)).toBe(answer),
    );
    expect(trips).toBe(0);
    const personal = { ...reader, machinery: machineryFor(guestApp, faultyPlatform) };
    expect(await shownPersonal(personal, answer)).toEqual({ text: null });
  });
});

async function tripsOf(work: () => Promise<unknown>): Promise<number> {
  let trips = 0;
  faults.beforeTrip = () => void trips++;
  await work();
  faults.beforeTrip = () => undefined;
  return trips;
}
