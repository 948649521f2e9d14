/** What tests in workerd speak with: a Worker with its tables made, and short words for its routes. */
import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  type D1Migration,
  evictDurableObject,
  getQueueResult,
} from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { beforeAll, beforeEach } from 'vitest';
import type { AggregateStub, LedgeEnv } from '../../../worker/runtime/env.ts';
import { worker } from './entry.ts';
import { faults, resetFaults } from './faults.ts';

/** The bindings of wrangler.toml and the migrations that vitest.config.ts adds. */
export type TestEnv = Omit<LedgeEnv, 'AGGREGATE' | 'HEALTH' | 'LIVE'> & {
  readonly AGGREGATE: DurableObjectNamespace & LedgeEnv['AGGREGATE'];
  readonly HEALTH: DurableObjectNamespace & LedgeEnv['HEALTH'];
  readonly LIVE: DurableObjectNamespace & LedgeEnv['LIVE'];
  readonly MIGRATIONS: D1Migration[];
  /** The scale of large tests: 1 by default, from the environment. */
  readonly LEDGE_SCALE: number;
  /** Repeats what chance did. */
  readonly LEDGE_SEED: number | null;
};

function isTestEnv(candidate: object): candidate is TestEnv {
  return 'AGGREGATE' in candidate && 'DB' in candidate && 'MIGRATIONS' in candidate;
}

function testEnv(): TestEnv {
  if (!isTestEnv(bindings)) throw new Error('The test Worker lacks its bindings.');
  return bindings;
}

export const env = testEnv();

/** For `beforeAll`. */
export async function createTables(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
}

/**
 * A test file on its own tables, every test without faults, its messages kept for it to deliver. Nothing else delivers
 * them: health objects are off.
 */
export function useKeptQueue(): void {
  // Before a test's own preparations too: a health object that repairs ten seconds later knows another app.
  beforeAll(keepQueue);
  beforeAll(createTables);
  beforeEach(keepQueue);
}

function keepQueue(): void {
  resetFaults();
  faults.queue = 'kept';
  faults.health = 'off';
}

export { resetFaults };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // What tests compare with literals.
  readonly body: Record<string, unknown>;
}

type Headings = Readonly<Record<string, string>>;

export async function request(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetchWorker(path, init);
  const body: Record<string, unknown> = await response.json();
  return { status: response.status, headers: response.headers, body };
}

/** The response itself, where the body is not one JSON value. */
export async function fetchWorker(path: string, init: RequestInit = {}): Promise<Response> {
  return worker.fetch(new Request(`http://ledge.test${path}`, init), env, createExecutionContext());
}

export function send(
  address: `${string}/${string}`,
  command: string,
  data: unknown = {},
  headers: Headings = {},
): Promise<Answer> {
  return request(`/v1/commands/${address}/${command}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(data),
  });
}

export function get(path: string, headers: Headings = {}): Promise<Answer> {
  return request(path, { headers });
}

export function objectOf(stream: string, tenant = 'main') {
  return env.AGGREGATE.getByName(`${tenant}/${stream}`);
}

/** The same object by the door that the Worker uses. */
export function aggregateOf(stream: string, tenant = 'main'): AggregateStub {
  const { AGGREGATE }: LedgeEnv = env;
  return AGGREGATE.getByName(`${tenant}/${stream}`);
}

/** Evicts the object; the next call finds only stored data. */
export async function evict(stream: string): Promise<void> {
  await evictDurableObject(objectOf(stream));
}

let deliveries = 0;

/** Hands messages to the consumer in one batch; answers which were acknowledged. */
export async function deliver(
  bodies: readonly string[],
): Promise<{ acked: string[]; retried: string[] }> {
  const messages = bodies.map((body) => ({
    id: `m${++deliveries}`,
    timestamp: new Date(),
    attempts: 1,
    body,
  }));
  const batch = createMessageBatch<unknown>('events', messages);
  await worker.queue(batch, env);
  const result = await getQueueResult(batch, createExecutionContext());
  return {
    acked: result.explicitAcks,
    retried: result.retryMessages.map(({ msgId }) => msgId),
  };
}

/** Returns the messages that the fault `kept` has kept. Those of the audit trail are dropped: every operation has two. */
export function keptMessages(): string[] {
  return faults.messages.splice(0).filter((message) => !message.includes('"stream":"ledge.audit/'));
}

export async function rowsOf<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
  const { results } = await env.DB.prepare(sql)
    .bind(...values)
    .all<Row>();
  return results;
}
