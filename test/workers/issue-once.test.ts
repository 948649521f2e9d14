/** An API key that is issued under an idempotency key: once, however often it is asked for. */
import { createExecutionContext } from 'cloudflare:test';
import { expect, test } from 'vitest';
import { testApp } from './support/entry.ts';
import { faultyPlatform } from './support/faults.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { ADMIN_KEY, deployed, isolate, issued, posting } from './support/keyed-shop.ts';

useKeptQueue();

const input = { principal: 'service:once', tenant: 'main', note: 'import' };

interface IssueAnswer {
  readonly status: number;
  readonly replayed: string | null;
  readonly body: { readonly id?: string; readonly key?: string; readonly status?: string | number };
}

async function issue(
  idempotencyKey: string,
  data: object = input,
  credential = ADMIN_KEY,
  ask = isolate(),
): Promise<IssueAnswer> {
  const { headers, ...init } = posting(data);
  const sent = { ...headers, 'idempotency-key': idempotencyKey };
  const response = await ask(credential, '/v1/keys', { ...init, headers: sent });
  const replayed = response.headers.get('idempotency-replayed');
  return { status: response.status, replayed, body: await response.json() };
}

async function listed(): Promise<string[]> {
  const answer = await isolate()(ADMIN_KEY, '/v1/keys?limit=100');
  const { keys }: { keys: { id: string }[] } = await answer.json();
  return keys.map(({ id }) => id);
}

test('AK20 a repeat answers the view of the same key, and never the key', async () => {
  const first = await issue('k-1');
  expect(first).toMatchObject({ status: 201, replayed: null, body: { key: expect.any(String) } });
  const again = await issue('"k-1"');
  expect(again).toMatchObject({
    status: 200,
    replayed: 'true',
    body: { id: first.body.id, status: 'active' },
  });
  expect(again.body).not.toHaveProperty('key');
  expect((await listed()).filter((id) => id === first.body.id)).toHaveLength(1);
  expect((await isolate()(first.body.key, '/v1/me')).status).toBe(200);
});

test('AK20 of requests at the same time one answer has the key', async () => {
  const before = await listed();
  const answers = await Promise.all(Array.from({ length: 6 }, () => issue('at-once')));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
  expect(answers.filter(({ body }) => body.key !== undefined)).toHaveLength(1);
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(await listed()).toHaveLength(before.length + 1);
});

test('AK20 other input under the same key is refused, and another caller’s key is its own', async () => {
  const first = await issue('k-2');
  expect((await issue('k-2', { ...input, note: 'other' })).status).toBe(422);
  const { key } = await issued({ tenant: 'ledge', principal: 'user:ada', roles: ['admin'] });
  const others = await issue('k-2', input, key);
  expect(others.status).toBe(201);
  expect(others.body.id).not.toBe(first.body.id);
});

test('AK20 where the answer of the key’s object was lost, the repeat issues the key that is listed', async () => {
  const before = await listed();
  let isDown = true;
  const objects = {
    getByName: (name: string) => {
      if (isDown && name.startsWith('ledge/ledge.key/')) throw new Error('unreachable');
      return env.AGGREGATE.getByName(name);
    },
  };
  const worker = heldLedge(testApp, faultyPlatform);
  const ask = (key: string | undefined, path: string, init: RequestInit = {}) => {
    const headers = { ...init.headers, authorization: `Bearer ${key}` };
    const request = new Request(`https://shop.example${path}`, { ...init, headers });
    return worker.fetch(request, { ...deployed, AGGREGATE: objects }, createExecutionContext());
  };
  expect((await issue('k-3', input, ADMIN_KEY, ask)).status).toBe(503);
  isDown = false;
  expect(await issue('k-3', input, ADMIN_KEY, ask)).toMatchObject({ status: 201 });
  expect(await listed()).toHaveLength(before.length + 1);
});

test('AK20 a malformed key is refused, and a revoked key is shown as such', async () => {
  expect((await issue('ledge:reserved')).status).toBe(400);
  const { body } = await issue('k-4');
  await isolate()(ADMIN_KEY, `/v1/keys/${body.id}/revoke`, posting({ reason: 'lost' }));
  expect(await issue('k-4')).toMatchObject({ status: 200, body: { status: 'revoked' } });
});
