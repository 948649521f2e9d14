/** A deployment without the variable of local development, as its first user meets it: init, key, command, revoke. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { devVar } from '../../../cli/access/dev-vars.ts';
import { type Served, serveDeployed } from '../../e2e/support/serve.ts';
import { runCli, runCliWith } from '../../node/support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'ledge-access-'));
const config = join(folder, 'wrangler.toml');
const adminKey = join(folder, 'admin-key');

let ledge: Served;

beforeAll(async () => {
  const init = await runCli('access', 'init', '--config', config, '--key-file', adminKey);
  expect(init).toMatchObject({ code: 0, stderr: '' });
  const text = readFileSync(join(folder, '.dev.vars'), 'utf8');
  const names = ['LEDGE_SECRET', 'LEDGE_ADMIN', 'LEDGE_PERSONAL_KEY'];
  const secrets = Object.fromEntries(names.map((name) => [name, devVar(text, name) ?? '']));
  ledge = await serveDeployed(secrets, 'wrangler.toml');
  expect((await asAdministrator('tenants', 'provision', 'main')).code).toBe(0);
}, 120_000);
afterAll(() => ledge?.server.close());

function asAdministrator(...args: string[]) {
  return runCli(...args, '--url', ledge.url.href, '--token-file', adminKey, '--json');
}

const keys = (...args: string[]) => asAdministrator('access', 'keys', ...args);

/** The status of a query with the key, or with none. */
async function statusWith(key?: string): Promise<number> {
  const headers = new Headers(key === undefined ? {} : { authorization: `Bearer ${key}` });
  return (await fetch(new URL('/v1/queries/orders', ledge.url), { headers })).status;
}

test('PC4 the products are read without a credential, and the orders are not', async () => {
  const products = await fetch(new URL('/v1/queries/products', ledge.url));
  expect(products.status).toBe(200);
  expect(products.headers.get('cache-control')).toBe('public, max-age=5');
  expect(await products.json()).toMatchObject({ rows: [] });
  expect(await statusWith()).toBe(401);
});

test('AK16 a key is issued, imports a book, is rotated and revoked by the command line', async () => {
  expect(await statusWith()).toBe(401);
  const created = await keys(
    ...['create', '--for', 'service:shop', '--tenant', 'main', '--roles', 'integration'],
  );
  expect(created.code).toBe(0);
  const { id, key }: { id: string; key: string } = JSON.parse(created.stdout);
  expect(await statusWith(key)).toBe(200);

  const book = join(folder, 'book.ndjson');
  const line = { aggregate: 'product', id: 'tea', command: 'RegisterProduct' };
  writeFileSync(book, `${JSON.stringify({ ...line, data: { name: 'tea', priceCents: 1 } })}\n`);
  const importing = ['import', book, '--url', ledge.url.href];
  expect((await runCliWith({ LEDGE_TOKEN: key }, ...importing)).code).toBe(0);

  const { stdout } = await keys('list');
  expect(JSON.parse(stdout).keys).toMatchObject([{ id, principal: 'service:shop' }]);
  const rotated = await keys('rotate', id, '--grace', '0m');
  const { key: next }: { key: string } = JSON.parse(rotated.stdout);
  expect(await statusWith(next)).toBe(200);

  expect((await keys('revoke', id, '--reason', 'no longer used')).code).toBe(0);
  const isRefused = async () => (await statusWith(next)) === 401;
  await vi.waitUntil(isRefused, { timeout: 15_000, interval: 500 });
  expect(await statusWith(key)).toBe(401);
}, 60_000);
