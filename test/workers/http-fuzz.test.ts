/**
 * Every operation of the OpenAPI document, asked as its own schemas say and as they do not: whatever comes, the answer
 * is one that the document announces, never a 500, and what is refused leaves nothing behind.
 *
 * Some requests an operation in each run of the tests; more with `LEDGE_SCALE`, the same again with `LEDGE_SEED`.
 */
import { createExecutionContext } from 'cloudflare:test';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { asZod, textOf } from './support/described.ts';
import { sagaApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { spoilt } from './support/from-json-schema.ts';
import {
  type Described,
  type FuzzedRequest,
  fittingRequest,
  initOf,
  oddRequest,
} from './support/fuzzed-request.ts';
import { goods } from './support/goods.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { documentOf, heldLedge } from './support/held-ledge.ts';
import { takeUnannounced } from './support/held-to-document.ts';
import { objectCount, rowsInD1 } from './support/hostile.ts';

useKeptQueue();

/** Reached only with many runs. */
const TRYING = { timeout: 600_000 };

const RUNS = 6 * env.LEDGE_SCALE;
const seed = env.LEDGE_SEED ?? Date.now() % 1_000_000;

const app = defineApp({ ...sagaApp, publications: [goods] });
const document = documentOf(app);
const worker = heldLedge(app, faultyPlatform);

/** A domain that does what no domain should is another test's. */
const described: Described[] = Object.entries(document.paths)
  .filter(([template]) => !template.includes('/troublesome'))
  .flatMap(([template, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method, template, operation })),
  );

/** The keeper accepts any JSON. */
const choosy = described.filter(
  ({ operation, template }) => operation.requestBody && !template.endsWith('/Keep'),
);

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** An undocumented response fails at once, so that this request is the one that is shrunk. */
async function answered(request: FuzzedRequest): Promise<Answer> {
  const sent = new Request(`http://ledge.test${request.path}`, initOf(request));
  const response = await worker.fetch(sent, env, createExecutionContext());
  const { status } = response;
  const text = await textOf(response);
  expect(takeUnannounced()).toEqual([]);
  expect(status, text).not.toBe(500);
  return { status, text };
}

/** An import of events is recorded before its lines are read: with this, the audit trail of the day is there. */
beforeAll(async () => {
  await answered({
    ...{ method: 'POST', path: '/v1/import/events', headers: {} },
    ...{ type: 'application/json', value: [] },
  });
});

/** Each failure has its seed and the smallest request that shows it. */
function always(
  requests: fc.Arbitrary<FuzzedRequest>,
  holds: (request: FuzzedRequest) => Promise<void>,
) {
  return fc.assert(fc.asyncProperty(requests, holds), { numRuns: RUNS, seed });
}

describe('H30 what does not fit is refused, and leaves nothing behind', TRYING, () => {
  test.each(choosy)('$method $template', async (one) => {
    await always(misfits(one), async (request) => {
      const before = [await rowsInD1(), await objectCount()];
      const answer = await answered(request);
      expect(isRefusal(answer), answer.text).toBe(true);
      expect([await rowsInD1(), await objectCount()]).toEqual(before);
    });
  });
});

describe('H29 a valid request is answered as described', TRYING, () => {
  test.each(described)('$method $template', async (one) => {
    await always(fittingRequest(document, one), async (request) => {
      const { status, text } = await answered(request);
      expect([413, 415], text).not.toContain(status);
      if (status === 400 && !TAKES_WHAT_QUERIES_TAKE.test(one.template)) expectUnsaid(text);
    });
  });
});

describe('H31 arbitrary requests are answered with a problem, and break nothing', TRYING, () => {
  test.each(described)('$method $template', async (one) => {
    await always(oddRequest(one), async (request) => {
      const { status, text } = await answered(request);
      if (status >= 400) expect(JSON.parse(text)).toMatchObject({ status });
    });
  });
});

/** Enough runs to match existing data by chance. */
const TRIES = 60;

/** Operations that need prepared data, with the clients that have it. */
const SUCCEEDS_ELSEWHERE: Readonly<Record<string, RegExp>> = {
  'http-naughty-fields.test.ts: what a command needs before it, a stream, a row by its key':
    /^(commands\.(?!batch)|aggregates\.|queries\..+\.get$)/,
  'sagas.test.ts: a saga that was started, or needs attention': /^sagas\.(?!list)/,
  'timers.test.ts: a timer': /^timers\.(retry|cancel)$/,
  'dead-letters.test.ts: an event that no projection can take':
    /^deadLetters\.(get|redrive|discard)$/,
  'rebuild.test.ts: a version beside the one that serves':
    /^projections\.(rollback|drop|cancel|resume)$/,
  'live.test.ts: a WebSocket': /^live$/,
  'inbound.test.ts: an app with an inbound': /^inbound\./,
  'actions.test.ts: an app with an action that is parked': /^actions\.(?!list)/,
  'subscriptions.test.ts: a secret to sign with, and a subscription': /^subscriptions\.(?!list)/,
  'schedules.test.ts: an app with schedules': /^schedules\.(?!list)/,
  'groups.test.ts: a publication, and a group': /^groups\.(?!list)/,
  'sessions.test.ts: a key': /^sessions\.open$/,
  'subjects.test.ts: a subject': /^subjects\.(?!verify)/,
  'tenant-directory.test.ts: a tenant': /^tenants\.(?!list|provision)/,
  'api-key-routes.test.ts: a secret to issue keys with, and a key': /^keys\.(issue|rotate|revoke)$/,
};

const elsewhere = Object.values(SUCCEEDS_ELSEWHERE);
const isElsewhere = ({ operation }: Described) =>
  elsewhere.some((which) => which.test(operation.operationId));

describe('H37 every described operation can succeed', TRYING, () => {
  test.each(described.filter((one) => !isElsewhere(one)))('$method $template', async (one) => {
    const statuses: number[] = [];
    for (const request of fc.sample(fittingRequest(document, one), { numRuns: TRIES, seed })) {
      const { status } = await answered(request);
      if (status < 300) return;
      statuses.push(status);
    }
    expect.unreachable(`${one.operation.operationId} answers ${statuses}`);
  });

  test.each(Object.entries(SUCCEEDS_ELSEWHERE))('in %s', (_where, which) => {
    expect(described.some(({ operation }) => which.test(operation.operationId))).toBe(true);
  });
});

/** Parameters and keys depend on the query: described in words here, and in detail at the query. */
const TAKES_WHAT_QUERIES_TAKE = /^\/v1\/live\/\{query\}/;

/** Rules that a schema cannot express: the document has them in words. */
const UNSAID =
  /^Name one moment|^Send a position as it was answered\.$|has no version \d+( yet)?\.$|^The total is too large|^A tenant is|^The prefix|^An id is printable|^This time has passed|^The Worker has no binding/;

function expectUnsaid(text: string): void {
  const { errors }: { errors: { message: string }[] } = JSON.parse(text);
  for (const { message } of errors) expect(message).toMatch(UNSAID);
}

/** A valid request whose body was changed until its schema refuses it. */
function misfits(one: Described): fc.Arbitrary<FuzzedRequest> {
  return fittingRequest(document, one)
    .chain((request) => spoilt(alone(request.value)).map((value) => ({ ...request, value })))
    .filter(({ type = '', value }) => {
      const schema = one.operation.requestBody?.content[type]?.schema;
      return !asZod(document, schema).safeParse(value).success;
    });
}

/** Of a batch one line: the others would run. */
function alone(value: unknown): unknown {
  return Array.isArray(value) ? value.slice(0, 1) : value;
}

/** A batch is refused as a whole, or in each line that is wrong. */
function isRefusal({ status, text }: Answer): boolean {
  return (status >= 400 && status < 500) || JSON.parse(text.split('\n', 1)[0] ?? '').status >= 400;
}
