/** The shop with access rules: a token names a principal with its roles and claims. */
import { createExecutionContext } from 'cloudflare:test';
import type { Principal } from '../../../worker/runtime/principal.ts';
import { testApp } from './entry.ts';
import { faultyPlatform } from './faults.ts';
import { type Answer, env } from './harness.ts';
import { heldLedge } from './held-ledge.ts';
import { shopAccess } from './shop-access.ts';

const tenant = 'main';

/** By their tokens; a test may add to them. */
export const ruledPrincipals = new Map<string, Principal>([
  ['ann', { id: 'user:ann', tenant, roles: ['customer'], claims: { customer: 'ann' } }],
  ['bob', { id: 'user:bob', tenant, roles: ['customer'], claims: { customer: 'bob' } }],
  ['cleo', { id: 'user:cleo', tenant, roles: ['clerk'], claims: { countries: ['Austria'] } }],
  ['half', { id: 'user:half', tenant, roles: ['customer'], claims: { customer: '\ud83d' } }],
  ['sender', { id: 'service:sender', tenant, roles: ['sender'] }],
  ['pia', { id: 'user:pia', tenant, roles: ['packer'] }],
  ['paul', { id: 'user:paul', tenant, roles: ['packer'] }],
  ['importer', { id: 'service:importer', tenant, roles: ['importer'] }],
  ['broken', { id: 'user:broken', tenant, roles: ['broken'] }],
  ['boss', { id: 'user:boss', tenant, roles: ['boss', '__proto__'] }],
  ['wrong', { id: 'user:wrong', tenant, roles: ['importer'], claims: { customer: 7 } }],
  ['both', { id: 'user:both', tenant, roles: ['customer', 'clerk'], claims: { customer: 'ann' } }],
]);

const worker = heldLedge(testApp, {
  ...faultyPlatform,
  access: shopAccess,
  authenticate: ({ headers }) =>
    ruledPrincipals.get(headers.get('authorization')?.replace('Bearer ', '') ?? ''),
});

type Headings = Readonly<Record<string, string>>;

export function fetchAs(token: string, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...(init.headers as Headings | undefined) };
  const request = new Request(`https://shop.example${path}`, { ...init, headers });
  return Promise.resolve(worker.fetch(request, env, createExecutionContext()));
}

export async function getAs(token: string, path: string): Promise<Answer> {
  return answered(await fetchAs(token, path));
}

export async function postAs(
  token: string,
  path: string,
  data: unknown = {},
  headers: Headings = {},
): Promise<Answer> {
  const body = JSON.stringify(data);
  return answered(
    await fetchAs(token, path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    }),
  );
}

async function answered(response: Response): Promise<Answer> {
  const body: Record<string, unknown> = await response.json();
  return { status: response.status, headers: response.headers, body };
}
