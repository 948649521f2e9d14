/** A Worker with publications and a secret, whose subscriptions reach the target of the tests. */

import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { exports } from 'cloudflare:workers';
import { beforeEach, expect, vi } from 'vitest';
import type { SubscriptionWithSecret } from '../../../core/operator-shapes/subscription.ts';
import type { LedgeEnv, SubscriptionStub } from '../../../worker/runtime/env.ts';
import { boundTargets, resetBoundTargets } from './bound-targets.ts';
import { deployment } from './deployment.ts';
import { faultyPlatform } from './faults.ts';
import { type Answer, env, keptMessages, send } from './harness.ts';
import { heldLedge } from './held-ledge.ts';
import { publishingApp } from './publishing.ts';
import { SECRET } from './secret.ts';
import { webhookTarget } from './webhook-target.ts';

export const URL_OF_TARGET = 'https://hooks.example/in';

/** The webhook of the tests. */
export const TARGET = { url: URL_OF_TARGET };

const app = publishingApp();

/** Its consumer publishes. */
export const publishing = deployment(app);

const ledge = heldLedge(app, {
  ...faultyPlatform,
  authenticate: ({ headers }) => ({
    id: headers.get('x-actor') ?? 'user:ops',
    tenant: headers.get('x-tenant') ?? 'main',
    roles: [headers.get('x-role') ?? 'operator'],
  }),
});

export const secretEnv: LedgeEnv = Object.assign(boundTargets(exports), env, {
  LEDGE_SECRET: SECRET,
});

let tests = 0;

/** Objects outlive a test, so each test has streams of its own. */
export function ownId(name: string): string {
  return `${name}-${tests}`;
}

/** The id of a public event. */
export function eventId(name: string, version: number, type = 'works.worked.1'): string {
  return `works/troublesome/${ownId(name)}@${version}/${type}`;
}

export function useWebhookTarget(): void {
  beforeEach(async () => {
    tests++;
    webhookTarget.reset();
    resetBoundTargets();
    const tables = ['journal_page', 'publication_page', 'checkpoint', 'generation', 'serving_set'];
    const all = [...tables, 'dead_letter', 'epoch', 'products_v1'];
    await env.DB.batch(all.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
    for (const { tenant, id } of await registered())
      await publishing.projector.eraseSubscription(tenant, id);
    await env.DB.prepare('DELETE FROM subscription').run();
  });
}

export async function registered() {
  const { results } = await env.DB.prepare('SELECT * FROM subscription ORDER BY id').all<{
    tenant: string;
    publication: string;
    id: string;
  }>();
  return results;
}

export async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  bindings = secretEnv,
): Promise<Answer> {
  const request = new Request(`https://ledge.test/v1/subscriptions${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await ledge.fetch(request, bindings, createExecutionContext());
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

export async function subscribe(input: object = {}): Promise<SubscriptionWithSecret> {
  const { status, body } = await ask('POST', '', {
    ...{ publication: 'works', target: TARGET, from: 'beginning' },
    ...input,
  });
  expect(status, JSON.stringify(body)).toBe(201);
  // Held to the document.
  return body as SubscriptionWithSecret;
}

/** One of this Worker's operations on a subscription, which is done. */
export async function done(id: string, operation: string, body: object = {}) {
  const answer = await ask('POST', `/${id}/${operation}`, body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

export async function shown(id: string) {
  const { status, body } = await ask('GET', `/${id}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

export function objectOfSubscription(id: string, tenant = 'main') {
  // A binding of real objects, whatever the type of the Worker's says.
  const namespace = env.SUBSCRIPTION as unknown as DurableObjectNamespace;
  return namespace.getByName(`${tenant}/${id}`);
}

export function stubOf(id: string, tenant = 'main'): SubscriptionStub {
  if (!env.SUBSCRIPTION) throw new Error('There are no subscriptions.');
  return env.SUBSCRIPTION.getByName(`${tenant}/${id}`);
}

/** Runs the alarm that is set, whenever that is, and waits for one that runs: its end sets the next one. */
export async function run(id: string, times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    await runDurableObjectAlarm(objectOfSubscription(id));
    await vi.waitFor(async () => {
      expect(await inObject(id, (state) => state.storage.getAlarm())).not.toBeNull();
    }, 20_000);
  }
}

export function inObject<Value>(
  id: string,
  look: (state: DurableObjectState) => Value | Promise<Value>,
): Promise<Value> {
  return runInDurableObject(objectOfSubscription(id), (_object, state) => look(state));
}

/** Commits events, and delivers them to the consumer of the Worker that publishes. */
export async function publish(...works: readonly (readonly [name: string, note: string])[]) {
  for (const [name, note] of works) await send(`troublesome/${ownId(name)}`, 'Work', { note });
  expect(await publishing.deliver(keptMessages())).toBe(0);
}
