/** Real local servers: the shop's Worker as `ledge dev` starts it, on empty state, and one that is barely a Worker. */
import { fileURLToPath } from 'node:url';
import { createTestHarness, type TestHarness } from 'wrangler';
import { LOCAL_PERSONAL_KEY } from '../../../core/protocol/local-personal-key.ts';
import type { OpenApiDocument } from '../../../worker/api/openapi/operation.ts';
import { held } from '../../workers/support/held-to-document.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Served {
  readonly server: TestHarness;
  readonly url: URL;
}

const SHOP = 'test/shop/wrangler.toml';

/** `further`: variables and secrets of its own. */
export async function serveLedge(
  configPath = SHOP,
  further: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const vars = {
    ...further,
    LEDGE_LOCAL_DEVELOPMENT: 'true',
    LEDGE_PERSONAL_KEY: LOCAL_PERSONAL_KEY,
    LEDGE_DEV_HOSTS: 'ledge.test,alias.test',
  };
  const server = createTestHarness({ root, workers: [{ configPath, vars }] });
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('DB');
  await holdFetchTo(url.origin);
  return { server, url };
}

/** As it is deployed, which local development is not: with the secrets, and closed to those without a key. */
export async function serveDeployed(
  vars: Readonly<Record<string, string>>,
  configPath = SHOP,
): Promise<Served> {
  const server = createTestHarness({ root, workers: [{ configPath, vars }] });
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('DB');
  return { server, url };
}

/** The shop, whose spans go to another Worker, `tail`. */
export async function serveTraced(): Promise<Served> {
  const vars = { LEDGE_LOCAL_DEVELOPMENT: 'true' };
  const tail = {
    name: 'tail',
    main: `${root}/test/e2e/support/tail-worker.ts`,
    compatibility_date: '2026-10-30',
    compatibility_flags: ['streaming_tail_worker'],
  };
  const server = createTestHarness({
    root,
    workers: [{ configPath: 'test/e2e/support/traced-shop/wrangler.toml', vars }, { config: tail }],
  });
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('DB');
  return { server, url };
}

/** The bank that embeds Ledge, with one session, by its token. */
export async function serveEmbedded(token: string): Promise<Served> {
  const server = createTestHarness({
    root,
    workers: [{ configPath: 'test/embedded/wrangler.toml' }],
  });
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('BANK_DB');
  const { BANK_SESSIONS } = await server.getWorker<{ readonly BANK_SESSIONS: Sessions }>().getEnv();
  await BANK_SESSIONS.put(token, JSON.stringify({ user: 'ann', branch: 'north' }));
  return { server, url };
}

interface Sessions {
  put(token: string, session: string): Promise<void>;
}

/** What this process asks at that address is held to what is published there. */
async function holdFetchTo(origin: string): Promise<void> {
  const { fetch } = globalThis;
  const published = await fetch(`${origin}/openapi.json`);
  const document: OpenApiDocument = JSON.parse(await published.text());
  const heldFetch = held(document, fetch);
  globalThis.fetch = (...asked) => {
    const request = new Request(...asked);
    return new URL(request.url).origin === origin ? heldFetch(request) : fetch(request);
  };
}

/** Answers everything that reaches a Worker with `reached`. What it answers otherwise comes from in front of it. */
export function serveBareWorker(): Promise<Served> {
  return serveAlone('bare');
}

/** Notes which callers it has missed. */
export function serveWaitingWorker(): Promise<Served> {
  return serveAlone('waiting');
}

async function serveAlone(name: string): Promise<Served> {
  const config = {
    name,
    main: `${root}/test/e2e/support/${name}-worker.ts`,
    compatibility_date: '2026-10-30',
    compatibility_flags: ['enable_request_signal'],
  };
  const server = createTestHarness({ root, workers: [{ config }] });
  const { url } = await server.listen();
  return { server, url };
}
