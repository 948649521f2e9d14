/**
 * A user's whole work of changing a read model, on the README's example: `npm run migrations` and `npm run dev` over
 * data that the first version has, then what the operators' command lines do with the two versions.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../node/support/run-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sample = join(root, 'docs/samples/voucher');

/** The user's own tree. */
let folder: string;
let url: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ledge-new-version-'));
  mkdirSync(join(folder, 'migrations'));
  url = `http://localhost:${await freePort()}`;
  writeApp('projection-1.ts');
  await deploy();
}, 120_000);
afterAll(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function writeApp(projection: string): void {
  writeFileSync(
    join(folder, 'app.ts'),
    `import { defineApp } from '${root}/core/app.ts';
import { vouchers } from '${sample}/${projection}';
import { voucher } from '${sample}/voucher.ts';
export const app = defineApp({ aggregates: [voucher], projections: [vouchers] });`,
  );
  writeFileSync(
    join(folder, 'index.ts'),
    `import { ledge } from '${root}/worker/ledge.ts';
import { app } from './app.ts';
const { AggregateObject, GroupObject, HealthObject, LiveObject, RebuildObject, SubscriptionObject, ...worker } = ledge(app);
export { AggregateObject, GroupObject, HealthObject, LiveObject, RebuildObject, SubscriptionObject };
export default worker;`,
  );
  const config = readFileSync(join(root, 'test/shop/wrangler.toml'), 'utf8')
    .replace('entry.ts', 'index.ts')
    .replace('../../dist', `${root}/dist`);
  writeFileSync(join(folder, 'wrangler.toml'), config);
}

/** What `npm run migrations` and `npm run dev` start, on the same data every time. */
async function deploy(): Promise<string> {
  const app = ['--app', join(folder, 'app.ts'), '--out', join(folder, 'migrations')];
  const generating = spawn(process.execPath, ['cli/main.ts', 'migrations', ...app], { cwd: root });
  const migration = await text(generating.stdout);
  const place = ['--config', join(folder, 'wrangler.toml'), '--persist-to', join(folder, 'state')];
  const port = new URL(url).port;
  const dev = spawn(process.execPath, ['cli/main.ts', 'dev', ...place, '--port', port], {
    cwd: root,
  });
  const closed = once(dev, 'close');
  stop = async () => {
    dev.kill('SIGTERM');
    await closed;
  };
  dev.stdout.setEncoding('utf8');
  for await (const said of dev.stdout) if (said.includes('Ledge listens')) break;
  return migration.trim();
}

async function send(id: string, command: string, data: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify(data);
  const address = `${url}/v1/commands/voucher/${id}/${command}`;
  expect((await fetch(address, { method: 'POST', headers, body })).status).toBe(200);
}

async function row(id: string, token: string): Promise<unknown> {
  const headers = { 'consistent-with': token };
  return (await fetch(`${url}/v1/queries/vouchers/${id}`, { headers })).json();
}

async function projections(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli('projections', ...args, '--url', url);
  return `${code} ${stdout}${stderr}`;
}

/** A build starts with the first request that notices the new code. */
async function built(version: number): Promise<void> {
  for (let look = 0; look < 100; look++) {
    if ((await projections('follow', 'vouchers')).includes(`version ${version} serves`)) return;
    await sleep(200);
  }
}

test('O4 a changed handler under a raised version is built by itself, rolled back and dropped', async () => {
  await send('v-1', 'IssueVoucher', { cents: 500 });
  await send('v-1', 'RedeemVoucher', { cents: 200, order: 'o-1' });
  expect(await row('v-1', 'voucher/v-1@2')).toEqual({ voucher: 'v-1', leftCents: 300 });

  await stop();
  writeApp('projection.ts');
  expect(await deploy()).toMatch(/0003_vouchers_v2\.sql creates vouchers_v2\.$/);
  await built(2);
  expect(await row('v-1', 'voucher/v-1@2')).toEqual({
    voucher: 'v-1',
    leftCents: 300,
    redemptions: 1,
  });

  expect(await projections('rollback', 'vouchers', '1')).toBe(
    '0 vouchers: queries read version 1 now.\n',
  );
  await send('v-1', 'RedeemVoucher', { cents: 100, order: 'o-2' });
  const old = await row('v-1', 'voucher/v-1@3');
  expect(old).toMatchObject({ leftCents: 200 });
  expect(old).not.toMatchObject({ redemptions: 2 });
  expect(await projections('rollback', 'vouchers', '2')).toMatch(/^0/);
  expect(await row('v-1', 'voucher/v-1@3')).toMatchObject({ leftCents: 200, redemptions: 2 });
  expect(await projections('verify', 'vouchers')).toMatch(/^0 /);

  expect(await projections('drop', 'vouchers', '2')).toMatch(/^1 .*serves/);
  expect(await projections('drop', 'vouchers', '1')).toMatch(/^0 /);
  expect(await projections()).toMatch(/^vouchers +2 +2 +live/m);
}, 180_000);
