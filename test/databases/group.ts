/** Two tenants of the shop, `acme` in `DB` and `globex` in `DB_2`, as the tests use them. */
import {
  applyD1Migrations,
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  type D1Migration,
  getQueueResult,
  runDurableObjectAlarm,
} from 'cloudflare:test';
import { env as bindings } from 'cloudflare:workers';
import { expect, vi } from 'vitest';
import { relayMessage } from '../../core/protocol/relay-message.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { faults, resetFaults } from '../workers/support/faults.ts';
import { type Isolate, isolate, resetUse, world } from './entry.ts';

type GroupEnv = Omit<LedgeEnv, 'AGGREGATE' | 'REBUILD'> & {
  readonly AGGREGATE: DurableObjectNamespace & LedgeEnv['AGGREGATE'];
  readonly REBUILD: DurableObjectNamespace & LedgeEnv['REBUILD'];
  readonly DB_2: D1Database;
  readonly MIGRATIONS: D1Migration[];
};

function isGroupEnv(candidate: object): candidate is GroupEnv {
  return 'DB_2' in candidate && 'MIGRATIONS' in candidate;
}

if (!isGroupEnv(bindings)) throw new Error('The shop lacks its bindings.');
export const env = bindings;

/** Of the deployment. */
export const ADMIN = 'ledge.root.admin';
export const OPERATOR = 'ledge.root.operator';

/** For `beforeAll`. */
export async function openShop(): Promise<void> {
  await applyD1Migrations(env.DB, env.MIGRATIONS);
  await applyD1Migrations(env.DB_2, env.MIGRATIONS);
  await provision('acme');
  await provision('globex', 'DB_2');
}

/** For `beforeEach`. */
export function resetWorld(): void {
  resetFaults();
  world.down.clear();
  world.sent.length = 0;
  world.isQueued = false;
  resetUse();
}

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

interface Asking {
  readonly by?: Isolate;
  readonly in?: LedgeEnv;
  readonly headers?: Readonly<Record<string, string>>;
}

const shared = isolate();

export async function get(token: string, path: string, asking: Asking = {}): Promise<Answered> {
  return answered(token, path, {}, asking);
}

export async function post(
  token: string,
  path: string,
  data: object = {},
  asking: Asking = {},
): Promise<Answered> {
  const headers = { 'content-type': 'application/json', ...asking.headers };
  return answered(
    token,
    path,
    { method: 'POST', body: JSON.stringify(data) },
    { ...asking, headers },
  );
}

async function answered(
  token: string,
  path: string,
  init: RequestInit,
  { by = shared, in: own = env, headers = {} }: Asking,
): Promise<Answered> {
  const request = new Request(`https://shop.example${path}`, {
    ...init,
    headers: { ...headers, authorization: token },
  });
  const response = await by.fetch(request, own, createExecutionContext());
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
}

export async function provision(tenant: string, database?: string): Promise<Answered> {
  const answer = await post(ADMIN, '/v1/tenants', { tenant, ...(database && { database }) });
  expect(answer).toMatchObject({ status: 201 });
  return answer;
}

export async function accepted(token: string, path: string, data: object = {}): Promise<void> {
  const { status, body } = await post(token, `/v1/commands/${path}`, data);
  expect({ path, status, body }).toMatchObject({ status: 200 });
}

export function register(token: string, product: string): Promise<void> {
  return accepted(token, `product/${product}/RegisterProduct`, {
    name: `${token} ${product}`,
    priceCents: 500,
  });
}

/** The messages that were sent since the last call. */
function sent(): string[] {
  return world.sent.splice(0).map(({ body }) => body);
}

/** Those of one stream, once there is one: an object may have to ask for its tenant's database first. */
export async function messagesOf(tenant: string, stream: string): Promise<string[]> {
  const isOf = ({ body }: { readonly body: string }) => {
    const message = relayMessage.parse(JSON.parse(body));
    return message.tenant === tenant && message.stream === stream;
  };
  await vi.waitUntil(() => world.sent.some(isOf), 10_000);
  const own = world.sent.filter(isOf);
  world.sent = world.sent.filter((one) => !isOf(one));
  return own.map(({ body }) => body);
}

/** Hands messages to a consumer as one batch; answers how many were not acknowledged. */
export async function deliver(
  bodies: readonly string[],
  { by = shared, in: own = env }: Asking = {},
): Promise<number> {
  const messages = bodies.map((body, index) => ({
    ...{ id: `d${index}`, timestamp: new Date(), attempts: 1, body },
  }));
  const batch = createMessageBatch<unknown>('events', messages);
  await by.queue(batch, own);
  const { retryMessages } = await getQueueResult(batch, createExecutionContext());
  return retryMessages.length;
}

/** Until nothing more is sent for a while. */
export async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 4; quiet++) {
    const bodies = sent();
    if (bodies.length > 0) quiet = 0;
    if (bodies.length > 0) await deliver(bodies);
    await scheduler.wait(10);
  }
}

/** A tick of the cron. */
export async function tick(): Promise<void> {
  const scheduledTime = Date.now() + faults.clockSkewMs;
  await isolate().scheduled(createScheduledController({ scheduledTime }), env);
}

export async function rowsOf<Row = Record<string, unknown>>(
  database: D1Database,
  sql: string,
): Promise<Row[]> {
  return (await database.prepare(sql).all<Row>()).results;
}

/** All rows of all tables, as one text. */
export async function dumped(database: D1Database): Promise<string> {
  const tables = await rowsOf<{ name: string }>(
    database,
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*'",
  );
  const rows = tables.map(({ name }) => rowsOf(database, `SELECT * FROM "${name}"`));
  return JSON.stringify(await Promise.all(rows));
}

export async function ring(tenant: string, stream: string): Promise<void> {
  await runDurableObjectAlarm(env.AGGREGATE.getByName(`${tenant}/${stream}`));
}

/** The bindings with the object requests of each tenant's stream in the directory counted. */
export function countingDirectory(own: LedgeEnv = env) {
  const asked: string[] = [];
  const getByName = (name: string) => {
    const [, tenant] = name.split('ledge/ledge.tenant/');
    if (tenant !== undefined) asked.push(tenant);
    return env.AGGREGATE.getByName(name);
  };
  const counted: LedgeEnv = Object.create(own, { AGGREGATE: { value: { getByName } } });
  return { asked, env: counted };
}

/**
 * The bindings with jurisdictions of databases. workerd has none, so that the objects of one are those without it, and each
 * is recorded: `eu acme/order/o-1`.
 */
export function inJurisdictions(variable: string) {
  const made: string[] = [];
  const namespace = (binding: LedgeEnv['AGGREGATE'] | LedgeEnv['LIVE'] | LedgeEnv['HEALTH']) => ({
    value: {
      getByName: (name: string) => {
        made.push(`- ${name}`);
        return binding.getByName(name);
      },
      jurisdiction: (jurisdiction: string) => ({
        getByName: (name: string) => {
          made.push(`${jurisdiction} ${name}`);
          return binding.getByName(name);
        },
      }),
    },
  });
  const own: LedgeEnv = Object.create(env, {
    LEDGE_JURISDICTIONS: { value: variable },
    AGGREGATE: namespace(env.AGGREGATE),
    LIVE: namespace(env.LIVE),
    HEALTH: namespace(env.HEALTH),
  });
  return { made, env: own };
}

/** As of a deployment that has one database: `DB_2` is not bound. */
export const withOneDatabase: LedgeEnv = Object.create(env, { DB_2: { value: undefined } });
