/**
 * Access to the other app's Worker: its entry, as the runtime started it. Responses are checked against its document.
 */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env as bindings, exports } from 'cloudflare:workers';
import * as z from 'zod';
import { documentOf } from '../workers/support/held-ledge.ts';
import { held } from '../workers/support/held-to-document.ts';
import { app } from './app.ts';

interface BankEnv {
  readonly DB: D1Database;
  readonly MIGRATIONS: D1Migration[];
}

function isBankEnv(candidate: object): candidate is BankEnv {
  return 'DB' in candidate && 'MIGRATIONS' in candidate;
}

if (!isBankEnv(bindings)) throw new Error('The bank lacks its bindings.');
export const env = bindings;

/** For `beforeAll`. */
export function createBankTables(): Promise<void> {
  return applyD1Migrations(env.DB, env.MIGRATIONS);
}

const worker = z
  .object({ default: z.custom<{ fetch(request: Request): Promise<Response> }>() })
  .parse(exports);

const fetchWorker = held(documentOf(app), (request) => worker.default.fetch(request));

export function fetchBank(path: string, init: RequestInit = {}): Promise<Response> {
  return fetchWorker(new Request(`http://bank.test${path}`, init));
}
