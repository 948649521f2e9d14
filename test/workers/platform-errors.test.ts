/** What the platform's failures mean, and what a caller gets of them: 503 with `Retry-After`, never a bare 500. */
import { createExecutionContext } from 'cloudflare:test';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isPassing,
  type PlatformErrorKind,
  platformErrorKind,
} from '../../core/failures/platform-error.ts';
import { cloudflare } from '../../worker/runtime/platform.ts';
import { textOf } from './support/described.ts';
import { sagaApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import {
  type Described,
  type FuzzedRequest,
  fittingRequest,
  initOf,
} from './support/fuzzed-request.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { documentOf, heldLedge } from './support/held-ledge.ts';
import { takeUnannounced } from './support/held-to-document.ts';

useKeptQueue();

/** Every operation, several times. */
const TRYING = { timeout: 120_000 };

/** As they arrive: D1 puts its own prefix before them. */
const d1Texts: Readonly<Record<string, PlatformErrorKind>> = {
  'D1 DB is overloaded. Requests queued for too long.': 'overloaded',
  'D1 DB is overloaded. Too many requests queued.': 'overloaded',
  'D1 DB reset because its code was updated.': 'unreachable',
  'Internal error while starting up D1 DB storage caused object to be reset.': 'unreachable',
  'Internal error in D1 DB storage caused object to be reset.': 'unreachable',
  'Network connection lost.': 'unreachable',
  'Cannot resolve D1 DB due to transient issue on remote node.': 'unreachable',
  "Can't read from request stream because client disconnected.": 'unreachable',
  'D1 DB storage operation exceeded timeout which caused object to be reset.': 'unreachable',
  "D1 DB's isolate exceeded its memory limit and was reset.": 'unreachable',
  'D1 DB exceeded its CPU time limit and was reset.': 'unreachable',
  'Exceeded maximum DB size': 'full',
};

const rowTexts: Readonly<Record<string, PlatformErrorKind>> = {
  'D1_ERROR: NOT NULL constraint failed: checkpoint.version: SQLITE_CONSTRAINT': 'lost-race',
  'D1_ERROR: NOT NULL constraint failed: serving_set.revision: SQLITE_CONSTRAINT': 'lost-race',
  'D1_ERROR: NOT NULL constraint failed: generation.cursor: SQLITE_CONSTRAINT': 'lost-race',
  'D1_ERROR: NOT NULL constraint failed: orders_v1.status: SQLITE_CONSTRAINT': 'refused',
  'D1_ERROR: UNIQUE constraint failed: t.k: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)':
    'refused',
  'D1_ERROR: datatype mismatch: SQLITE_MISMATCH': 'refused',
  'D1_ERROR: string or blob too big: SQLITE_TOOBIG': 'refused',
  'D1_ERROR: malformed JSON: SQLITE_ERROR': 'refused',
  'D1_ERROR: no such table: orders_v2: SQLITE_ERROR': 'schema',
  'D1_ERROR: no such column: nickname at offset 7: SQLITE_ERROR': 'schema',
  'D1_ERROR: table orders_v1 has no column named nickname: SQLITE_ERROR': 'schema',
  'D1_ERROR: near "SELEKT": syntax error at offset 0: SQLITE_ERROR': 'bug',
};

const objectTexts: Readonly<Record<string, PlatformErrorKind>> = {
  'Durable Object is overloaded. Too many requests queued.': 'overloaded',
  'Durable Object is overloaded. Too much data queued.': 'overloaded',
  'Durable Object is overloaded. Requests queued for too long.': 'overloaded',
  'Durable Object is overloaded. Too many requests for the same object within a 10 second window.':
    'overloaded',
  'Your account is generating too much load on Durable Objects. Please back off and try again later.':
    'overloaded',
  'Your account is doing too many concurrent storage operations. Please back off and try again later.':
    'overloaded',
  'Durable Object reset because its code was updated.': 'unreachable',
  'Connection closed: this Durable Object instance is no longer active. Reconnect or retry the request.':
    'unreachable',
  'Durable Object connection closed because the object was reset.': 'unreachable',
  'Durable Object storage operation exceeded timeout which caused object to be reset.':
    'unreachable',
  'database or disk is full: SQLITE_FULL': 'full',
  'Exceeded allowed rows written in Durable Objects free tier.': 'overloaded',
};

describe('F11 every failure of the platform has one kind', () => {
  const prefixed = Object.entries(d1Texts).map(([text, kind]) => [`D1_ERROR: ${text}`, kind]);
  test.each([...prefixed, ...Object.entries(rowTexts), ...Object.entries(objectTexts)])(
    '%s',
    (text, kind) => {
      expect(platformErrorKind(new Error(text))).toBe(kind);
    },
  );

  test.each([
    [{ overloaded: true, retryable: true }, 'overloaded'],
    [{ retryable: true }, 'unreachable'],
    [{ durableObjectReset: true }, 'unreachable'],
    [{ overloaded: false, retryable: false, remote: true }, 'bug'],
  ])('an error with the flags %o', (flags, kind) => {
    expect(platformErrorKind(Object.assign(new Error('Of the object.'), flags))).toBe(kind);
  });
});

const document = documentOf(sagaApp);

const described: Described[] = Object.entries(document.paths)
  .filter(([template]) => !template.includes('/troublesome'))
  .flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, template, operation })),
  );

/** What the route under test has met of the fault. */
let met = 0;

/** A deployment whose database fails with this text, for its routes alone: the objects have a working one. */
function withFailingDatabase(text: string) {
  const fail = () => {
    met++;
    return Promise.reject(new Error(`D1_ERROR: ${text}`));
  };
  const statement = { bind: () => statement, first: fail, all: fail, run: fail, raw: fail };
  const door = { prepare: () => statement, batch: fail, getBookmark: () => null };
  const database = new Proxy(env.DB, {
    get: (_target, name) => (name === 'withSession' ? () => door : Reflect.get(door, name)),
  });
  return heldLedge(sagaApp, { ...cloudflare, ...faultyPlatform, database: () => database });
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfter: string | null;
}

async function asked(
  worker: ReturnType<typeof heldLedge>,
  bindings: typeof env,
  request: FuzzedRequest,
): Promise<Answer> {
  const sent = new Request(`http://ledge.test${request.path}`, initOf(request));
  const response = await worker.fetch(sent, bindings, createExecutionContext());
  const text = await textOf(response);
  expect(takeUnannounced()).toEqual([]);
  return { status: response.status, text, retryAfter: response.headers.get('retry-after') };
}

/** Always the same ones: which routes they reach is asserted. Some are refused before they reach anything. */
const samples = (one: Described) =>
  fc.sample(fittingRequest(document, one), { numRuns: 4, seed: env.LEDGE_SEED ?? 1 });

function expectTryLater({ operation }: Described, { status, text, retryAfter }: Answer): void {
  expect(status, `${operation.operationId} answers ${text}`).toBe(503);
  expect(JSON.parse(text)).toMatchObject({ type: '/problems/unavailable', status: 503 });
  expect(Number(retryAfter)).toBeGreaterThanOrEqual(1);
}

describe('F12 every route answers a failing D1 with 503 and Retry-After', TRYING, () => {
  const [first, ...others] = Object.entries(d1Texts)
    .filter(([, kind]) => isPassing(kind))
    .map(([text]) => text);

  test('whichever of its texts it fails with', async () => {
    const reaching = await triedDatabase(first ?? '', described.flatMap(sampled));
    // By observation, so that a route that never reaches D1 cannot pass for one that was tried.
    expect(namesOf(reaching)).toEqual(expect.arrayContaining([...TOUCHING_D1]));
    for (const text of others) {
      const again = await triedDatabase(text, oneOfEach(reaching));
      expect(namesOf(again), text).toEqual(expect.arrayContaining([...TOUCHING_D1]));
    }
  });
});

type Sample = readonly [Described, FuzzedRequest];

const sampled = (one: Described): Sample[] => samples(one).map((request) => [one, request]);

const namesOf = (samples: readonly Sample[]) =>
  samples.map(([{ operation }]) => operation.operationId);

/** One failure differs from another in how it is understood: of each operation one request is enough. */
function oneOfEach(reaching: readonly Sample[]): Sample[] {
  return [...new Map(reaching.map((sample) => [sample[0].operation, sample])).values()];
}

/** The samples that have reached D1; each of them was answered as it has to be. */
async function triedDatabase(text: string, all: readonly Sample[]): Promise<Sample[]> {
  const worker = withFailingDatabase(text);
  const reaching: Sample[] = [];
  for (const sample of all) {
    const [one, request] = sample;
    met = 0;
    const answer = await asked(worker, env, request);
    if (met === 0) continue;
    reaching.push(sample);
    if (SAYING_WHAT_IS_UNREAD.has(one.operation.operationId)) {
      expect(answer.status).toBe(200);
      expect(answer.text).toMatch(SAID_UNREAD);
      continue;
    }
    expectTryLater(one, answer);
    if (text.startsWith('Exceeded')) expect(answer.text).toContain('full');
  }
  return reaching;
}

/** They answer with what can be read, and name what cannot. */
const SAID_UNREAD = /"part":"database"|ledge_unread_parts\{part="database"\} 1/;
const SAYING_WHAT_IS_UNREAD = new Set(['operations.status', 'operations.metrics']);

const TOUCHING_D1 = [
  ...['events', 'verify', 'sweep', 'queries.products.list', 'queries.products.get', 'sagas.list'],
  ...['projections.list', 'projections.get', 'projections.rebuild', 'projections.pause'],
  ...['deadLetters.list', 'deadLetters.get', 'deadLetters.redriveAll', 'deadLetters.redrive'],
];

describe('F13 every route answers a failing object with 503 and Retry-After', TRYING, () => {
  const flagged = [
    ['overloaded', { overloaded: true }],
    ['lost', { retryable: true }],
    ['reset', { durableObjectReset: true, retryable: true }],
  ] as const;

  test('however it fails', async () => {
    const [[, first], ...others] = flagged;
    const reaching = await triedObjects(first, described.flatMap(sampled));
    expect(namesOf(reaching)).toEqual(expect.arrayContaining([...TOUCHING_OBJECTS]));
    for (const [name, flags] of others) {
      const again = await triedObjects(flags, oneOfEach(reaching));
      expect(namesOf(again), name).toEqual(expect.arrayContaining([...TOUCHING_OBJECTS]));
    }
  });

  test.each(flagged)('%s, for each line of a batch', async (_name, flags) => {
    const line = {
      aggregate: 'product',
      id: 'p-1',
      command: 'ReceiveStock',
      data: { quantity: 1 },
    };
    const request = {
      method: 'POST',
      path: '/v1/commands',
      headers: {},
      type: 'application/json',
    };
    const worker = heldLedge(sagaApp, faultyPlatform);
    const value = [line, { ...line, id: 'p-2' }];
    const { text } = await asked(worker, withFailingObjects(flags), { ...request, value });
    for (const answered of text.trim().split('\n')) {
      const outcome = JSON.parse(answered);
      expect(outcome).toMatchObject({ status: 503, type: '/problems/unavailable' });
      expect(outcome.retryAfterSeconds).toBeGreaterThanOrEqual(1);
    }
  });
});

/** The samples that have reached an object; each of them was answered as it has to be. */
async function triedObjects(flags: object, all: readonly Sample[]): Promise<Sample[]> {
  const worker = heldLedge(sagaApp, faultyPlatform);
  const reaching: Sample[] = [];
  for (const sample of all) {
    const [one, request] = sample;
    met = 0;
    const answer = await asked(worker, withFailingObjects(flags), request);
    if (met === 0 || SURVIVES.includes(one.operation.operationId)) continue;
    reaching.push(sample);
    expectTryLater(one, answer);
  }
  return reaching;
}

const TOUCHING_OBJECTS = [
  ...['aggregates.order', 'streams.order.events', 'simulate.product', 'sagas.get', 'live.query'],
  'commands.product.RegisterProduct',
];

/** Routes over many streams skip those whose object does not answer. A batch answers line by line. */
const SURVIVES = ['sweep', 'deadLetters.redrive', 'deadLetters.redriveAll', 'commands.batch'];

function withFailingObjects(flags: object): typeof env {
  const fail = (method: string | symbol) => {
    // A Live object that cannot be notified of changed rows is notified by the cron.
    if (method !== 'changed') met++;
    return Promise.reject(Object.assign(new Error('The call failed.'), flags));
  };
  const stub = new Proxy({}, { get: (_target, method) => () => fail(method) });
  const failing = { get: () => () => stub };
  return {
    ...env,
    AGGREGATE: new Proxy(env.AGGREGATE, failing),
    LIVE: new Proxy(env.LIVE, failing),
    REBUILD: new Proxy(env.REBUILD, failing),
  };
}
