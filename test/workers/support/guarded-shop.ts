/** The shop behind an `authenticate` of its own: a token names its principal, in a header or in a cookie. */
import { createExecutionContext } from 'cloudflare:test';
import type { Principal } from '../../../worker/runtime/principal.ts';
import { testApp } from './entry.ts';
import { faultyPlatform } from './faults.ts';
import { env } from './harness.ts';
import { heldLedge } from './held-ledge.ts';
import { SECRET } from './secret.ts';

/** By their tokens; a test may add to them. */
export const principals = new Map<string, Principal>([
  ['ann-token', { id: 'user:ann', tenant: 'acme' }],
  ['bob-token', { id: 'user:bob', tenant: 'globex' }],
  ['operator-token', { id: 'user:op', tenant: 'acme', roles: ['operator'] }],
  ['platform-operator-token', { id: 'user:op', tenant: 'ledge', roles: ['operator'] }],
  ['platform-admin-token', { id: 'user:root', tenant: 'ledge', roles: ['admin'] }],
  ['admin-token', { id: 'user:admin', tenant: 'acme', roles: ['admin'] }],
]);

export function tokenIn({ headers }: Request): string | undefined {
  const bearer = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1];
  return bearer ?? /\bsession=([^;]+)/.exec(headers.get('cookie') ?? '')?.[1];
}

const worker = heldLedge(testApp, {
  ...faultyPlatform,
  authenticate: (request) => principals.get(tokenIn(request) ?? ''),
});

type Headings = Readonly<Record<string, string>>;

/** Local development is on in these bindings, and opens nothing beside `authenticate`. */
export async function ask(
  path: string,
  init: RequestInit = {},
  bindings: typeof env = { ...env, LEDGE_SECRET: SECRET },
): Promise<Response> {
  const request = new Request(`https://shop.example${path}`, init);
  return worker.fetch(request, bindings, createExecutionContext());
}

export function askAs(token: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Headings | undefined) };
  return ask(path, { ...init, headers });
}

/** What a browser offers with a socket of that principal. */
export async function offeredBy(token: string): Promise<string[]> {
  const response = await askAs(token, '/v1/live/tickets', { method: 'POST' });
  if (response.status !== 200) return [];
  const { ticket }: { ticket: string } = await response.json();
  return offering(ticket);
}

export function offering(ticket: string): string[] {
  return ['ledge.live', `ledge.ticket.${ticket}`];
}

export function sendAs(token: string, path: string, data: unknown = {}): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return askAs(token, path, { method: 'POST', headers, body: JSON.stringify(data) });
}
