/** Real local servers: the whole Worker as `npm run dev` starts it, on empty state, and one that is barely a Worker. */
import { fileURLToPath } from 'node:url';
import { createTestHarness, type TestHarness } from 'wrangler';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Served {
  readonly server: TestHarness;
  readonly url: URL;
}

export async function serveLedge(): Promise<Served> {
  const vars = { LEDGE_LOCAL_DEVELOPMENT: 'true' };
  const server = createTestHarness({ root, workers: [{ configPath: 'wrangler.toml', vars }] });
  const { url } = await server.listen();
  await server.getWorker().applyD1Migrations('DB');
  return { server, url };
}

/** Answers everything that reaches a Worker with `reached`. What it answers otherwise comes from in front of it. */
export async function serveBareWorker(): Promise<Served> {
  const config = {
    name: 'bare',
    main: `${root}/test/e2e/support/bare-worker.ts`,
    compatibility_date: '2026-10-30',
  };
  const server = createTestHarness({ root, workers: [{ config }] });
  const { url } = await server.listen();
  return { server, url };
}
