/**
 * Two tenants side by side: all operations of a tenant for one tenant alone, then on an empty deployment for the same
 * tenant while another does the same with other values. The answers have to be equal.
 */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { needOf } from '../../worker/http/need.ts';
import type { Principal } from '../../worker/runtime/principal.ts';
import { Comparison, REPLACED } from './support/comparable.ts';
import { deployment } from './support/deployment.ts';
import { emptyDeployment } from './support/empty-deployment.ts';
import { sagaApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { goods } from './support/goods.ts';
import { createTables, env, keptMessages, rowsOf, useKeptQueue } from './support/harness.ts';
import { documentOf, heldLedge } from './support/held-ledge.ts';
import { LiveClient } from './support/live-client.ts';
import { QUOTES_TABLE, quotes, quoting } from './support/quoting.ts';
import { SECRET } from './support/secret.ts';
import {
  ofTenants,
  type Walk,
  type WalkedAnswer,
  type WalkedRequest,
  walk,
} from './support/tenant-walk.ts';

useKeptQueue();

const roles = ['operator', 'admin'];

const principals = new Map<string, Principal>([
  ['ann', { id: 'user:ann', tenant: 'acme', roles }],
  ['bob', { id: 'user:bob', tenant: 'globex', roles }],
]);

const app = defineApp({
  ...sagaApp,
  aggregates: [...sagaApp.aggregates, quoting],
  projections: [...sagaApp.projections, quotes],
  publications: [goods],
});
const document = documentOf(app);
const consumer = deployment(app);
const worker = heldLedge(app, {
  ...faultyPlatform,
  authenticate: ({ headers }) => principals.get(headers.get('authorization') ?? ''),
});

const ACME = { customer: 'ANATR', country: 'Austria', priceCents: 500, quantity: 2, seed: 1 };
const GLOBEX = { customer: 'BERGS', country: 'Brazil', priceCents: 700, quantity: 3, seed: 2 };

// Two walks of a thousand requests in ten seconds would be over the limit of a principal on a fast machine.
const { RATE_HIGH: _uncounted, ...unlimited } = env;

function ask(by: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('authorization', by);
  const request = new Request(`https://shop.example${path}`, { ...init, headers });
  return worker.fetch(request, { ...unlimited, LEDGE_SECRET: SECRET }, createExecutionContext());
}

async function asked(by: string, { operation, path, init }: WalkedRequest): Promise<WalkedAnswer> {
  const response = await ask(by, path, init);
  const { status } = response;
  const headers = Object.fromEntries(response.headers);
  return { operation, status, headers, text: await wholeText(response) };
}

/** Of an answer that does not end by itself, up to its first frame. */
async function wholeText(response: Response): Promise<string> {
  if (response.headers.get('content-type') !== 'text/event-stream') return response.text();
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (reader && !/^data: .*\n\n/m.test(text)) text += (await reader.read()).value ?? '';
  await reader?.cancel();
  return text;
}

async function settle(): Promise<void> {
  for (let messages = keptMessages(); messages.length > 0; messages = keptMessages()) {
    await consumer.deliver(messages);
  }
}

const DAY_MS = 86_400_000;

/** So that no run meets midnight, and alarms of objects are far away. */
function untilTomorrowNoonMs(): number {
  return DAY_MS - (Date.now() % DAY_MS) + DAY_MS / 2;
}

interface Walker {
  readonly answers: WalkedAnswer[];
  /** Of a live query that was open all the time. */
  readonly rows: unknown;
}

/** In step: each asks, then all messages arrive. On an empty deployment. */
async function walked(...walks: readonly (readonly [by: string, steps: Walk])[]) {
  await emptyDeployment();
  await createTables();
  await rowsOf(QUOTES_TABLE);
  const walkers = await Promise.all(
    walks.map(async ([by, steps]) => {
      const live = await follow(by);
      return { by, steps, live, answers: [] as WalkedAnswer[], next: steps.next() };
    }),
  );
  while (walkers.some(({ next }) => !next.done)) {
    await Promise.all(
      walkers.map(async (walker) => {
        if (walker.next.done) return;
        const answer = await asked(walker.by, walker.next.value);
        walker.answers.push(answer);
        walker.next = walker.steps.next(answer);
      }),
    );
    await settle();
  }
  return Promise.all(
    walkers.map(async ({ by, live, answers }): Promise<Walker> => {
      return { answers, rows: await lastRows(by, live) };
    }),
  );
}

async function follow(by: string): Promise<LiveClient> {
  const { webSocket } = await ask(by, '/v1/live', { headers: { upgrade: 'websocket' } });
  const client = new LiveClient(webSocket ?? expect.unreachable(), () => undefined);
  client.subscribe('a', 'orders');
  return client;
}

/** Once they are those of the query. */
async function lastRows(by: string, live: LiveClient): Promise<unknown> {
  const answer = await ask(by, '/v1/queries/orders');
  const { rows, ...problem } = await answer.json<{ rows?: unknown }>();
  expect({ status: answer.status, ...problem }).toMatchObject({ status: 200 });
  await vi.waitFor(() => expect(live.rows('a')).toEqual(rows), { timeout: 10_000 });
  live.close();
  return rows;
}

function comparable({ answers, rows }: Walker, comparison = new Comparison()): object[] {
  const headers = { 'content-type': 'application/json' };
  const live = { operation: 'live', status: 101, headers, text: JSON.stringify({ rows }) };
  return [...answers, live].map((answer) => comparison.of(answer));
}

/** Of `GET /v1/keys`; the steps of the story have names of their own. */
function templateOf(operation: string): string {
  return operation.split(' ')[1] ?? '';
}

describe('T6 what another tenant does', { timeout: 600_000 }, () => {
  const runs: { alone: Walker; beside: Walker; other: Walker }[] = [];

  beforeAll(async () => {
    faults.clockSkewMs = untilTomorrowNoonMs();
    const [alone] = await walked(['ann', walk(document, ACME)]);
    const [beside, other] = await walked(
      ['ann', walk(document, ACME)],
      ['bob', walk(document, GLOBEX)],
    );
    if (alone && beside && other) runs.push({ alone, beside, other });
  }, 600_000);

  test('changes no answer', () => {
    const [run] = runs;
    const [alone, beside] = [run?.alone, run?.beside].map((one) => one && comparable(one));
    expect(alone?.length).toBeGreaterThan(400);
    for (const [index, answer] of (alone ?? []).entries()) expect(beside?.[index]).toEqual(answer);
  });

  test('is the same with other values, and would be seen', () => {
    const [run] = runs;
    const [beside, other] = [run?.beside, run?.other].map((one) => one && comparable(one));
    expect(other).toHaveLength(beside?.length ?? 0);
    const [ofAnn, ofBob] = [beside, other].map((one) => JSON.stringify(one));
    expect(ofBob?.includes('BERGS')).toBe(true);
    expect(ofAnn?.includes('BERGS')).toBe(false);
    expect(ofAnn?.includes('globex')).toBe(false);
  });

  test('every operation of a tenant is among them, most of them with success', () => {
    const { answers } = runs[0]?.beside ?? { answers: [] };
    const asked = new Set(answers.map(({ operation }) => operation));
    const missing = ofTenants(document).filter(
      ({ method, template }) => !asked.has(`${method.toUpperCase()} ${template}`),
    );
    expect(missing).toEqual([]);
    // What a tenant may not do at all is refused, and the same beside others.
    const own = answers.filter(({ operation }) => {
      const template = templateOf(operation);
      // A subject comes with a personal field, a subscription and a group with a publication, an action and a schedule with an
      // app that has such: it has none.
      const absent = [
        ...['/v1/tenants', '/v1/subjects', '/v1/subscriptions', '/v1/actions', '/v1/schedules/'],
        '/v1/groups',
      ];
      const isAbsent = absent.some((path) => template.startsWith(path));
      return needOf(template) !== 'platform-admin' && !isAbsent;
    });
    const done = own.filter(({ status }) => status < 300);
    expect(done.length / own.length).toBeGreaterThan(0.64);
    // The story finds what it looks for.
    const statusOf = (step: string) => answers.find(({ operation }) => operation === step)?.status;
    expect(statusOf('a dead letter')).toBe(200);
    expect(statusOf('a dead letter is redriven')).toBe(200);
    expect(statusOf('and one is discarded')).toBe(200);
  });

  test('what is not compared is named, and occurs', () => {
    const comparison = new Comparison();
    if (runs[0]) comparable(runs[0].beside, comparison);
    expect(REPLACED.filter((member) => !comparison.replaced.has(member))).toEqual([]);
  });
});
