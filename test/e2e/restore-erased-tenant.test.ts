/** A tenant that was erased after the moment to which the real command takes the database back. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keyText } from '../../core/access/key-text.ts';
import { runCli } from '../node/support/run-cli.ts';
import { type Served, serveDeployed } from './support/serve.ts';

const ADMIN = keyText(new Uint8Array(40).fill(9));
const folder = mkdtempSync(join(tmpdir(), 'restore-erased-'));

let ledge: Served;
beforeAll(async () => {
  ledge = await serveDeployed({
    LEDGE_SECRET: 'a secret of thirty-two characters',
    LEDGE_ADMIN: createHash('sha256').update(ADMIN).digest('hex'),
  });
}, 120_000);
afterAll(() => ledge.server.close());

interface D1 {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}
interface Statement {
  all(): Promise<{ results: Record<string, unknown>[] }>;
}

async function sql(...statements: readonly string[]): Promise<void> {
  const { DB } = await ledge.server.getWorker<{ DB: D1 }>().getEnv();
  await DB.batch(statements.map((one) => DB.prepare(one)));
}

async function rows(statement: string): Promise<Record<string, unknown>[]> {
  const { DB } = await ledge.server.getWorker<{ DB: D1 }>().getEnv();
  return (await DB.prepare(statement).all()).results;
}

const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
  AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*' AND name NOT GLOB 'kept_*'`;

async function post(path: string, input: object, key = ADMIN): Promise<Record<string, unknown>> {
  const answer = await fetch(new URL(path, ledge.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(input),
  });
  return { answered: answer.status, ...Object(await answer.json()) };
}

async function keyOf(tenant: string, roles: readonly string[]): Promise<string> {
  const { key } = await post('/v1/keys', { tenant, principal: 'service:shop', roles });
  return String(key);
}

function ofTenants(table: string): Promise<Record<string, unknown>[]> {
  return rows(`SELECT tenant, count(*) AS n FROM ${table}
    WHERE tenant <> 'ledge' GROUP BY tenant ORDER BY tenant`);
}

test('BR6 stays erased, and another one has all of its own', async () => {
  const operator = await keyOf('ledge', ['operator']);
  for (const tenant of ['gone', 'kept']) {
    await post('/v1/tenants', { tenant });
    const key = await keyOf(tenant, []);
    const product = { name: `tea of ${tenant}`, priceCents: 100 };
    const made = await post('/v1/commands/product/tea/RegisterProduct', product, key);
    expect(made).toMatchObject({ answered: 200 });
  }
  const whole = [
    { tenant: 'gone', n: 1 },
    { tenant: 'kept', n: 1 },
  ];
  const wait = { timeout: 30_000, interval: 100 };
  await vi.waitFor(async () => expect(await ofTenants('products_v1')).toEqual(whole), wait);

  const names = (await rows(TABLES)).map(({ name }) => String(name));
  await sql(...names.map((name) => `CREATE TABLE kept_${name} AS SELECT * FROM ${name}`));
  const at = new Date(Date.now() + 1_000).toISOString();
  const scheduled = await post('/v1/tenants/gone/schedule-erasure', { at, reason: 'It left.' });
  expect(scheduled).toMatchObject({ answered: 200 });
  await vi.waitFor(async () => {
    expect(await post('/v1/tenants/gone/erase', {})).toMatchObject({ done: true });
  }, wait);
  expect(await ofTenants('products_v1')).toEqual([{ tenant: 'kept', n: 1 }]);

  const url = ['--url', ledge.url.origin];
  const flags = ['--to', '2026-01-01T00:00:00Z', '--confirm', 'ledge'];
  const file = join(folder, 'list.ndjson');
  const signal = join(folder, 'put-back');
  const waiting = `node -e "const { existsSync, writeFileSync } = require('node:fs'); writeFileSync('${signal}', ''); while (existsSync('${signal}')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)"`;
  process.env.LEDGE_TOKEN = operator;
  const ran = runCli('restore-database', ...flags, '--file', file, '--put-back', waiting, ...url);
  await vi.waitFor(() => expect(existsSync(signal)).toBe(true), wait);
  await sql(
    ...names.flatMap((name) => [
      `DELETE FROM ${name}`,
      `INSERT INTO ${name} SELECT * FROM kept_${name}`,
    ]),
  );
  expect(await ofTenants('products_v1')).toEqual(whole);
  rmSync(signal);
  const { code, stderr, stdout } = await ran;
  delete process.env.LEDGE_TOKEN;
  expect([code, stderr, stdout]).toEqual([0, '', expect.stringContaining('streams')]);

  // What the cron does each minute.
  const tick = async () => {
    const { status } = await fetch(new URL('/cdn-cgi/handler/scheduled', ledge.url));
    expect(status).toBe(200);
  };
  await vi.waitFor(async () => {
    await tick();
    expect(await ofTenants('products_v1')).toEqual([{ tenant: 'kept', n: 1 }]);
    expect(JSON.stringify(await rows('SELECT data FROM journal'))).not.toContain('tea of gone');
    expect(await rows("SELECT state FROM residence WHERE tenant = 'gone'")).toEqual([
      { state: 'erased' },
    ]);
  }, wait);
}, 120_000);
