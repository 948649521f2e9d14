/** The shop with a directory of tenants: a token names its tenant, its principal and its roles, `acme.ann.operator`. */
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  getQueueResult,
} from 'cloudflare:test';
import { expect } from 'vitest';
import type { App } from '../../../core/app.ts';
import { testApp } from './entry.ts';
import { faultyPlatform } from './faults.ts';
import { env, keptMessages } from './harness.ts';
import { heldLedge } from './held-ledge.ts';
import { SECRET } from './secret.ts';

const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;

export const bindings = { ...closed, LEDGE_SECRET: SECRET };

/** Of the deployment. */
export const ADMIN = 'ledge.root.admin';
export const OPERATOR = 'ledge.root.operator';

/** A Worker whose isolate knows no tenant yet. */
export function isolate(app: App = testApp) {
  return heldLedge(app, {
    ...faultyPlatform,
    tenants: 'provisioned',
    authenticate: ({ headers }) => {
      const [tenant, user, ...roles] = (headers.get('authorization') ?? '').slice(7).split('.');
      return tenant && user ? { tenant, id: `user:${user}`, roles } : undefined;
    },
  });
}

export type Isolate = ReturnType<typeof isolate>;

export interface Answered {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export async function ask(
  token: string,
  path: string,
  init: RequestInit = {},
  worker: Isolate = isolate(),
  env: Parameters<Isolate['fetch']>[1] = bindings,
): Promise<Answered> {
  const headers = new Headers(init.headers);
  headers.set('authorization', `Bearer ${token}`);
  const request = new Request(`https://shop.example${path}`, { ...init, headers });
  const response = await worker.fetch(request, env, createExecutionContext());
  return { status: response.status, body: await response.json() };
}

export function sending(data: object = {}): RequestInit {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(data) };
}

export async function provision(...tenants: readonly string[]): Promise<void> {
  for (const tenant of tenants) {
    const { status, body } = await ask(ADMIN, '/v1/tenants', sending({ tenant }));
    expect({ status, body }).toMatchObject({ status: 201 });
  }
}

/** What the administrator of the deployment does to a tenant. */
export function operate(tenant: string, operation: string, input: object = {}): Promise<Answered> {
  return ask(ADMIN, `/v1/tenants/${tenant}/${operation}`, sending(input));
}

export function register(token: string, product: string, worker = isolate()): Promise<Answered> {
  const path = `/v1/commands/product/${product}/RegisterProduct`;
  return ask(token, path, sending({ name: `${token} ${product}`, priceCents: 500 }), worker);
}

/** Delivers messages, those that the queue has if none are given; answers how many were not acknowledged. */
export async function deliver(
  bodies: readonly string[] = keptMessages(),
  queue = 'events',
  env: Parameters<Isolate['queue']>[1] = bindings,
): Promise<number> {
  const messages = bodies.map((body, index) => ({
    ...{ id: `d${index}`, timestamp: new Date(), attempts: 1, body },
  }));
  const batch = createMessageBatch<unknown>(queue, messages);
  await isolate().queue(batch, env);
  const { retryMessages } = await getQueueResult(batch, createExecutionContext());
  return retryMessages.length;
}

/** A tick of the cron. */
export async function tick(): Promise<void> {
  await isolate().scheduled(createScheduledController({ scheduledTime: Date.now() }), bindings);
}
