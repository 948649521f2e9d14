/** A Worker with publications and consumer groups, and short words for what operators and consumers ask of it. */
import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, expect, vi } from 'vitest';
import { groupId, groupOf } from '../../../core/group/reader-id.ts';
import type { ReceiptAnswers } from '../../../core/operator-shapes/group.ts';
import type { MessageBatch } from '../../../worker/groups/consume.ts';
import type { GroupStub, LedgeEnv } from '../../../worker/runtime/env.ts';
import { faultyPlatform } from './faults.ts';
import { type Answer, env, keptMessages, send } from './harness.ts';
import { heldLedge } from './held-ledge.ts';
import { publishingApp } from './publishing.ts';
import { SECRET } from './secret.ts';
import { ownId, publishing, registered, useWebhookTarget } from './subscribing.ts';

const app = publishingApp();

const ledge = heldLedge(app, {
  ...faultyPlatform,
  authenticate: ({ headers }) => ({
    id: headers.get('x-actor') ?? 'user:ops',
    tenant: headers.get('x-tenant') ?? 'main',
    roles: [headers.get('x-role') ?? 'operator'],
  }),
});

const bindings: LedgeEnv = { ...env, LEDGE_SECRET: SECRET };

/** Each test has groups of its own: objects outlive it. */
let tests = 0;

export function groupName(name = 'billing'): string {
  return `${name}-${tests}`;
}

export function useGroups(): void {
  useWebhookTarget();
  beforeEach(() => {
    tests++;
  });
}

export async function ask(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  own = bindings,
): Promise<Answer> {
  const request = new Request(`https://ledge.test/v1/groups${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const response = await ledge.fetch(request, own, createExecutionContext());
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: JSON.parse(text) };
}

/** For clients. As on a network, a request that its caller gives up has no answer. */
export async function fetchLedge(url: string, init: RequestInit): Promise<Response> {
  const gone = new Promise<never>((_resolve, reject) => {
    init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
  });
  const answer = ledge.fetch(new Request(url, init), bindings, createExecutionContext());
  return Promise.race([answer, gone]);
}

/** A group over everything, from the beginning. */
export async function group(input: object = {}): Promise<string> {
  const name = groupName();
  const { status, body } = await ask('POST', '', {
    ...{ name, publication: 'works', from: 'beginning', ...input },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return String(body.name);
}

/** One of this Worker's operations on a group, which is done. */
export async function done(
  name: string,
  operation: string,
  body: object = {},
  headers: Record<string, string> = {},
) {
  const answer = await ask('POST', `/${name}/${operation}`, body, headers);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
}

export async function receive(
  name: string,
  input: object = {},
  headers: Record<string, string> = {},
): Promise<MessageBatch> {
  // Held to the document.
  return (await done(name, 'receive', { max: 100, ...input }, headers)) as unknown as MessageBatch;
}

/** What became of each receipt. */
export async function answered(
  name: string,
  operation: 'ack' | 'nack' | 'extend',
  receipts: readonly (string | undefined)[],
  input: object = {},
  headers: Record<string, string> = {},
): Promise<string[]> {
  const answer = await done(name, operation, { receipts, ...input }, headers);
  const { results } = answer as unknown as ReceiptAnswers;
  return results.map(({ result }) => result);
}

export function receiptsOf({ messages }: MessageBatch): string[] {
  return messages.map(({ receipt }) => receipt);
}

/** The notes of events, behind the names of their streams: `one a`. */
export function notesOf({ messages }: Pick<MessageBatch, 'messages'>): string[] {
  return messages.map(({ event }) => {
    const { id, note } = Object(event.data);
    return `${id.slice(0, id.lastIndexOf('-'))} ${note}`;
  });
}

export async function shown(name: string) {
  const { status, body } = await ask('GET', `/${name}`);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

export function objectOfGroup(name: string, tenant = 'main') {
  // A binding of real objects, whatever the type of the Worker's says.
  const namespace = env.GROUP as unknown as DurableObjectNamespace;
  return namespace.getByName(`${tenant}/${name}`);
}

export function stubOfGroup(name: string, tenant = 'main'): GroupStub {
  if (!env.GROUP) throw new Error('There are no groups.');
  return env.GROUP.getByName(`${tenant}/${name}`);
}

/** Runs the alarm that is set, whenever that is. */
export async function runAlarm(name: string): Promise<void> {
  await runDurableObjectAlarm(objectOfGroup(name));
  await vi.waitFor(async () => {
    expect(await inGroup(name, (state) => state.storage.getAlarm())).not.toBeNull();
  }, 20_000);
}

export function inGroup<Value>(
  name: string,
  look: (state: DurableObjectState) => Value | Promise<Value>,
): Promise<Value> {
  return runInDurableObject(objectOfGroup(name), (_object, state) => look(state));
}

/** Its memory is gone; what was stored is there. */
export async function killed(name: string): Promise<void> {
  const aborted = inGroup(name, (state) => state.abort('killed')).catch(() => undefined);
  // The call may die with the object.
  await Promise.race([aborted, scheduler.wait(100)]);
}

/** The names of the groups that D1 knows. */
export async function registeredGroups(): Promise<string[]> {
  return (await registered()).flatMap(({ id }) => groupOf(id) ?? []);
}

export { groupId, keptMessages, ownId, publishing, send };
