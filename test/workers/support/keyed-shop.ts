/** The shop as it is deployed: no variable of local development, no `authenticate`, the two secrets of `access init`. */

import { createExecutionContext } from 'cloudflare:test';
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Access } from '../../../core/access/define-access.ts';
import { keyText } from '../../../core/access/key-text.ts';
import type { ShownApiKey } from '../../../core/operator-shapes/api-key.ts';
import { testApp } from './entry.ts';
import { faultyPlatform } from './faults.ts';
import { env, type TestEnv } from './harness.ts';
import { heldLedge } from './held-ledge.ts';
import { SECRET } from './secret.ts';

export const ADMIN_KEY = keyText(crypto.getRandomValues(new Uint8Array(40)));
export const ADMIN_HASH = createHash('sha256').update(ADMIN_KEY).digest('hex');

/** The names of the objects that were asked, in their order. */
export const askedObjects: string[] = [];

const { LEDGE_LOCAL_DEVELOPMENT: _open, ...closed } = env;

const counting = {
  getByName(name: string) {
    askedObjects.push(name);
    return env.AGGREGATE.getByName(name);
  },
};

export const deployed = {
  ...closed,
  AGGREGATE: counting,
  LEDGE_SECRET: SECRET,
  LEDGE_ADMIN: ADMIN_HASH,
};

export type Deployed = Omit<typeof deployed, 'LEDGE_SECRET' | 'LEDGE_ADMIN'> &
  Partial<Pick<TestEnv, 'LEDGE_SECRET' | 'LEDGE_SECRET_PREVIOUS' | 'LEDGE_ADMIN'>>;

const undismissed = { dismiss: async () => undefined };

/** As where every message to a Live object that a key has ended is lost. */
export const withoutDismissal: Deployed = {
  ...deployed,
  // Revoking and rotating ask Live objects for nothing else.
  LIVE: { getByName: () => undismissed } as unknown as typeof deployed.LIVE,
};

/** An isolate that knows no key yet. */
export function isolate(bindings: Deployed = deployed, access?: Access) {
  const worker = heldLedge(testApp, { ...faultyPlatform, ...(access && { access }) });
  return (key: string | undefined, path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (key !== undefined) headers.set('authorization', `Bearer ${key}`);
    const request = new Request(`https://shop.example${path}`, { ...init, headers });
    return worker.fetch(request, bindings, createExecutionContext());
  };
}

export function posting(data: object = {}): RequestInit {
  const headers = { 'content-type': 'application/json' };
  return { method: 'POST', headers, body: JSON.stringify(data) };
}

/** By the bootstrap administrator. */
export async function issued(input: object = {}, ask = isolate()): Promise<ShownApiKey> {
  const wanted = { principal: 'service:shop', tenant: 'main', ...input };
  const response = await ask(ADMIN_KEY, '/v1/keys', posting(wanted));
  expect(response.status).toBe(201);
  return response.json();
}

/** With a dismissal that reaches no Live object: what holds then is what is promised. */
export async function revoked(id: string): Promise<void> {
  const path = `/v1/keys/${id}/revoke`;
  const response = await isolate(withoutDismissal)(
    ADMIN_KEY,
    path,
    posting({ reason: 'left in a log' }),
  );
  expect(response.status).toBe(200);
}

/** The status of a harmless request with the key. */
export async function statusFor(ask: ReturnType<typeof isolate>, key: string): Promise<number> {
  const response = await ask(key, '/v1/me');
  await response.body?.cancel();
  return response.status;
}
