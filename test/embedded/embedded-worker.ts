/** The way to the Worker that embeds Ledge: its entry, as the runtime started it. Answers are held to the document. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env as bindings, exports } from 'cloudflare:workers';
import * as z from 'zod';
import { app } from '../other-app/app.ts';
import { documentOf } from '../workers/support/held-ledge.ts';
import { held } from '../workers/support/held-to-document.ts';
import type { Session } from './authenticate.ts';
import type { Env } from './env.ts';

type TestEnv = Env & { readonly MIGRATIONS: D1Migration[] };

function isTestEnv(candidate: object): candidate is TestEnv {
  return 'BANK_DB' in candidate && 'MIGRATIONS' in candidate;
}

if (!isTestEnv(bindings)) throw new Error('The bank lacks its bindings.');
export const env = bindings;

const sessions: Readonly<Record<string, Session>> = {
  ann: { user: 'ann', branch: 'north' },
  bob: { user: 'bob', branch: 'south' },
  clerk: { user: 'cleo', branch: 'north', isClerk: true },
  operator: { user: 'otto', branch: 'ledge', isClerk: true },
  broken: { user: 'eve', branch: 'no/tenant' },
};

/** For `beforeAll`. */
export async function openBank(): Promise<void> {
  await applyD1Migrations(env.BANK_DB, env.MIGRATIONS);
  const stored = Object.entries(sessions).map(([token, session]) =>
    env.BANK_SESSIONS.put(token, JSON.stringify(session)),
  );
  await Promise.all(stored);
}

const worker = z
  .object({ default: z.custom<{ fetch(request: Request): Promise<Response> }>() })
  .parse(exports);

export const ORIGIN = 'https://bank.example';

const document = documentOf(app, '/ledge');

export const paths = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.keys(item).map((method) => ({
    method: method.toUpperCase(),
    path: path.replaceAll(/[{}]/g, ''),
  })),
);

const fetchLedge = held(document, (request) => worker.default.fetch(request));

/** Any address of the Worker; those of Ledge are held to its document. */
export function fetchBank(path: string, init: RequestInit = {}): Promise<Response> {
  const request = new Request(`${ORIGIN}${path}`, init);
  const isOfLedge = /^\/ledge(\/|$)/.test(path);
  return isOfLedge ? fetchLedge(request) : worker.default.fetch(request);
}

export async function as(
  token: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; headers: Headers; body: unknown }> {
  const response = await fetchBank(`/ledge${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}
