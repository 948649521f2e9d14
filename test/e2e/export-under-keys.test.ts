/** An export of a deployment that is closed to those without a key, and its restore into one with the same secrets alone. */
import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keyText } from '../../core/access/key-text.ts';
import { runCliWith } from '../node/support/run-cli.ts';
import { type Served, serveDeployed } from './support/serve.ts';

const ADMIN = keyText(new Uint8Array(40).fill(9));
const secrets = {
  LEDGE_SECRET: 'a secret of thirty-two characters',
  LEDGE_ADMIN: createHash('sha256').update(ADMIN).digest('hex'),
};
const folder = join(mkdtempSync(join(tmpdir(), 'export-keys-')), 'shop');

let from: Served;
let to: Served;
beforeAll(async () => {
  from = await serveDeployed(secrets);
  to = await serveDeployed(secrets);
}, 120_000);
afterAll(async () => {
  await from.server.close();
  await to.server.close();
});

async function ask({ url }: Served, path: string, key: string, input?: object) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const sent = input && { method: 'POST', body: JSON.stringify(input) };
  const response = await fetch(new URL(path, url), { headers, ...sent });
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body };
}

async function keyOf(served: Served, tenant: string, roles: readonly string[]): Promise<string> {
  const { body } = await ask(served, '/v1/keys', ADMIN, { tenant, principal: 'service:s', roles });
  return String(body.key);
}

const run = (token: string, { url }: Served, ...args: string[]) =>
  runCliWith({ LEDGE_TOKEN: token }, ...args, '--url', url.origin);

test('EX5 keys, tenants and data are as they were, and the operation of the new one stays its own', async () => {
  const product = { name: 'Chai', priceCents: 100 };
  for (const tenant of ['acme', 'closed']) await ask(from, '/v1/tenants', ADMIN, { tenant });
  const shop = await keyOf(from, 'acme', []);
  const other = await keyOf(from, 'closed', []);
  expect(await ask(from, '/v1/commands/product/chai/RegisterProduct', shop, product)).toMatchObject(
    { status: 200 },
  );
  const suspension = { mode: 'closed', reason: 'Unpaid.' };
  await ask(from, '/v1/tenants/closed/suspend', ADMIN, suspension);
  const before = await keyOf(from, 'ledge', ['operator']);
  const exported = await run(before, from, 'export', '--out', folder);
  expect([exported.code, exported.stderr]).toEqual([0, '']);

  const operator = await keyOf(to, 'ledge', ['operator']);
  const restored = await run(operator, to, 'restore', folder);
  expect([restored.code, restored.stderr]).toEqual([0, '']);
  expect(restored.stdout).toContain('keeps what it has itself of: ');
  expect(restored.stdout).toContain('ledge/ledge.keys/ledge');
  const rows = async () => (await ask(to, '/v1/queries/products', shop)).body.rows;
  await vi.waitFor(async () => expect(await rows()).toMatchObject([product]), { timeout: 30_000 });
  expect((await ask(to, '/v1/queries/products', other)).status).toBe(403);
  // The operator of before, and its own.
  for (const key of [before, operator]) expect((await ask(to, '/v1/status', key)).status).toBe(200);
  const again = await run(operator, to, 'restore', folder);
  expect([again.code, again.stderr]).toEqual([0, '']);
}, 180_000);
