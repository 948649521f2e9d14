/**
 * Canaries through the whole API, with everything that can fail failing: an e-mail address in each text, ids that are
 * one, keys and tokens in each place for a credential. None may be in a line of the log, and no credential anywhere.
 */
import { createExecutionContext } from 'cloudflare:test';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { keyText } from '../../core/access/key-text.ts';
import { defineApp } from '../../core/app.ts';
import { platformWords } from '../../core/failures/platform-error.ts';
import { EMAIL, ID, PERSONAL, TOKEN, withCanaries } from './support/canaries.ts';
import { deployment } from './support/deployment.ts';
import { textOf } from './support/described.ts';
import { sagaApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { type Described, fittingRequest, initOf } from './support/fuzzed-request.ts';
import { aggregateOf, env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { documentOf, heldLedge } from './support/held-ledge.ts';
import { ADMIN_KEY, deployed, issued } from './support/keyed-shop.ts';
import { QUOTES_TABLE, quotes, quoting, repeating } from './support/quoting.ts';
import { databaseText, objectsText } from './support/stored-text.ts';

useKeptQueue();
beforeAll(() => rowsOf(QUOTES_TABLE));

const app = defineApp({
  ...sagaApp,
  aggregates: [...sagaApp.aggregates, quoting],
  projections: [...sagaApp.projections, quotes],
  reactors: [...(sagaApp.reactors ?? []), repeating],
});
const document = documentOf(app);
const worker = heldLedge(app, faultyPlatform);
const consumer = deployment(app);

const described: Described[] = Object.entries(document.paths).flatMap(([template, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method, template, operation })),
);

/** Its tag is of another deployment. */
const FORGED = keyText(crypto.getRandomValues(new Uint8Array(40)));
const FORMS = [ADMIN_KEY, FORGED].map((key) => key.slice('ledge_'.length));
const CREDENTIALS = [TOKEN, ...FORMS];

/** The problems of all requests. */
const problems: string[] = [];

async function ask(path: string, init: RequestInit = {}, key = ''): Promise<number> {
  const headers = new Headers(init.headers);
  if (key !== '') headers.set('authorization', `Bearer ${key}`);
  const request = new Request(`https://shop.example${path}`, { ...init, headers });
  const bindings = { ...deployed, LEDGE_LOG_REQUESTS: 'true' };
  const response = await worker.fetch(request, bindings, createExecutionContext());
  response.webSocket?.accept();
  response.webSocket?.close();
  const text = response.webSocket ? '' : await textOf(response);
  if (response.status >= 400) problems.push(text);
  return response.status;
}

function posting(value: unknown): RequestInit {
  const headers = { 'content-type': 'application/json' };
  return {
    method: 'POST',
    headers,
    body: typeof value === 'string' ? value : JSON.stringify(value),
  };
}

function lost(): never {
  throw new Error(`D1_ERROR: Network connection lost. ${EMAIL}`);
}

function expectNoCanary(): void {
  const log = JSON.stringify(faults.log);
  for (const secret of CREDENTIALS) expect(log.includes(secret)).toBe(false);
  expect(log).not.toMatch(new RegExp(`.{0,200}${PERSONAL}.{0,100}`, 'i'));
}

async function operator(): Promise<string> {
  const roles = ['operator', 'admin'];
  const { key } = await issued({ principal: `user:${EMAIL}`, roles, note: EMAIL });
  CREDENTIALS.push(key.slice('ledge_'.length));
  return key;
}

describe('LG1 no line of the log has a text that a caller chose', { timeout: 300_000 }, () => {
  test('through every operation of the document, whole and with D1 gone', async () => {
    const key = await operator();
    for (const one of described) {
      const [request] = fc.sample(fittingRequest(document, one), { numRuns: 1, seed: 1 });
      if (!request) continue;
      const sent = withCanaries(document, one, request);
      await ask(sent.path, initOf(sent), key);
      faults.beforeTrip = lost;
      await ask(sent.path, initOf(sent), key);
      faults.beforeTrip = () => undefined;
      await ask(sent.path, initOf({ ...sent, text: `{"note": "${EMAIL}", ${EMAIL}` }), key);
      await ask(sent.path, initOf(sent), FORGED);
    }
    // A drawn request may name a tenant that is not its caller's, and ask D1 nothing.
    faults.beforeTrip = lost;
    expect(await ask('/v1/dead-letters', {}, key)).toBe(503);
    faults.beforeTrip = () => undefined;
    const operations = new Set(faults.log.map(({ operation }) => operation));
    expect([...operations]).toEqual(expect.arrayContaining(['http', 'operations']));
    expect(faults.log.length).toBeGreaterThan(described.length * 3);
    expectNoCanary();
  });

  test.each(['decide', 'evolve', 'upcast', 'projection', 'reactor'])(
    'when %s throws with the data in its message',
    async (part) => {
      const key = await operator();
      const id = `${ID}-${part}`;
      const address = `quoting/${id}`;
      for (const command of ['Say', 'Say', 'Fail']) {
        await ask(`/v1/commands/${address}/${command}`, posting({ text: EMAIL, part }), key);
      }
      await consumer.deliver(keptMessages());
      for (const path of ['', '?version=1']) await ask(`/v1/aggregates/${address}${path}`, {}, key);
      await ask('/v1/events', {}, key);
      await ask(`/v1/queries/quotes/${id}`, {}, key);
      expect(faults.log.filter(({ error }) => error !== undefined)).not.toEqual([]);
      expectNoCanary();
    },
  );

  test('when a timer with such an id, a query and a live query throw', async () => {
    const key = await operator();
    const at = new Date(Date.now() + 1_000).toISOString();
    const later = { text: EMAIL, part: 'timer', at };
    await ask(`/v1/commands/quoting/${ID}-timer/SayLater`, posting(later), key);
    for (const query of ['quotes-thrown', 'quotes-checked']) {
      expect(await ask(`/v1/queries/${query}?text=${EMAIL}`, {}, key)).toBe(500);
    }
    faults.clockSkewMs = 60_000;
    const outcomes = await aggregateOf(`quoting/${ID}-timer`).execute([
      { name: 'Fail', data: { text: EMAIL, part: '' }, fingerprint: '', actor: EMAIL },
    ]);
    expect(outcomes).toMatchObject([{ outcome: 'failed' }]);
    expectNoCanary();
  });

  test('when a socket is refused, whatever it offers, and an address leads nowhere', async () => {
    const key = await operator();
    const upgrade = { upgrade: 'websocket' };
    for (const offered of [FORGED, TOKEN, `ledge.bearer.${FORGED}`, key]) {
      const headers = { ...upgrade, 'sec-websocket-protocol': `ledge, ${offered}` };
      await ask(`/v1/live?customer=${EMAIL}`, { headers });
      await ask(`/v1/live?customer=${EMAIL}`, { headers }, FORGED);
    }
    for (const path of [`/v1/${EMAIL}`, `/v1/commands/${ID}/${ID}/${ID}`, `/v1/queries/${ID}`]) {
      for (const one of [key, FORGED, TOKEN]) await ask(`${path}?token=${TOKEN}`, {}, one);
      await ask(path, posting({ note: EMAIL }), key);
    }
    expect(faults.log.length).toBeGreaterThan(15);
    expectNoCanary();
  });
});

test('LG2 no credential is in a problem, in D1, in an object or in a message', async () => {
  const stored = { database: await databaseText(), objects: await objectsText() };
  expect(stored.objects).toContain(EMAIL);
  expect(stored.database).toContain(EMAIL);
  const places = { ...stored, problems: problems.join(), messages: keptMessages().join() };
  expect(problems.length).toBeGreaterThan(100);
  expect(CREDENTIALS.length).toBeGreaterThan(8);
  for (const secret of CREDENTIALS) {
    for (const [place, text] of Object.entries(places)) {
      expect(text.includes(secret), `${place} has ${secret}`).toBe(false);
    }
  }
});

describe('LG5 what is logged of a message of D1 names tables and columns, and no value', () => {
  const made = `CREATE TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY, said TEXT NOT NULL CHECK (said <> 'x'),
    size INTEGER NOT NULL) STRICT`;

  test.each([
    [
      'a key twice',
      `INSERT INTO kept VALUES ('${EMAIL}', 'a', 1), ('${EMAIL}', 'a', 1)`,
      'UNIQUE constraint failed: kept.id',
    ],
    [
      'null',
      `INSERT INTO kept VALUES ('${EMAIL}', NULL, 1)`,
      'NOT NULL constraint failed: kept.said',
    ],
    ['a check', `INSERT INTO kept VALUES ('${EMAIL}', 'x', 1)`, 'SQLITE_CONSTRAINT'],
    ['another type', `INSERT INTO kept VALUES ('1', 'a', '${EMAIL}')`, 'SQLITE_CONSTRAINT'],
    ['no JSON', `SELECT json('${EMAIL}')`, 'SQLITE_ERROR'],
    ['no column', `SELECT "id" FROM kept WHERE ${PERSONAL}`, `no such column: ${PERSONAL}`],
  ])('%s', async (_what, sql, words) => {
    await env.DB.prepare(made).run();
    const thrown: unknown = await env.DB.prepare(sql)
      .run()
      .catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(Error);
    expect(platformWords(thrown)).toBe(words);
    if (!words.includes(PERSONAL)) expect(platformWords(thrown)).not.toContain(PERSONAL);
  });
});
