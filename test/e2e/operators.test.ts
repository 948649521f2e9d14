/**
 * The operators' command lines against a real server: what they read of its answers is what it answers. An event that
 * cannot be taken is made by a row in its way.
 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../node/support/run-cli.ts';
import { type Served, serveLedge } from './support/serve.ts';

let ledge: Served;

beforeAll(async () => {
  ledge = await serveLedge();
  for (const id of ['chai', 'chang', 'tofu']) await register(id);
  await vi.waitUntil(async () => (await products()) === 3, { timeout: 30_000, interval: 100 });
}, 120_000);
afterAll(() => ledge.server.close());

function run(name: string, ...args: string[]) {
  return runCli(name, ...args, '--url', ledge.url.href);
}

async function register(id: string): Promise<void> {
  const address = new URL(`/v1/commands/product/${id}/RegisterProduct`, ledge.url);
  const body = JSON.stringify({ name: id, priceCents: 100 });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(address, { method: 'POST', headers, body });
  expect(response.status).toBe(200);
}

async function products(): Promise<number> {
  const response = await fetch(new URL('/v1/queries/products', ledge.url));
  const { rows }: { rows: unknown[] } = JSON.parse(await response.text());
  return rows.length;
}

interface D1 {
  prepare(sql: string): {
    run(): Promise<unknown>;
    first(column: string): Promise<unknown>;
  };
}

async function statement(sql: string) {
  const { DB }: { DB: D1 } = await ledge.server.getWorker<{ DB: D1 }>().getEnv();
  return DB.prepare(sql);
}

async function execute(sql: string): Promise<void> {
  await (await statement(sql)).run();
}

async function auditedEvents(): Promise<number> {
  const counted = await statement(
    `SELECT count(*) AS n FROM journal WHERE stream GLOB 'ledge.audit/*'`,
  );
  return Number(await counted.first('n'));
}

/** A product's stream whose first event finds its row taken. */
async function park(id: string): Promise<string> {
  await execute(`INSERT INTO products_v1 VALUES ('main', '${id}', 'in the way', 1, 0, 0)`);
  await register(id);
  const letter = `products@1/product/${id}@1`;
  const isParked = async () => (await run('dead-letters')).stdout.includes(letter);
  await vi.waitUntil(isParked, { timeout: 30_000, interval: 500 });
  return letter;
}

function outOfTheWay(id: string): Promise<void> {
  return execute(`DELETE FROM products_v1 WHERE product = '${id}'`);
}

test('a rebuild and a verification go through', async () => {
  expect((await run('projections')).stdout).toMatch(/^products +1 +1 +live +0 +0 +-$/m);
  expect(await run('projections', 'rebuild', 'products')).toMatchObject({ code: 0 });
  expect(await run('projections', 'verify', 'products')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^products_v1 +3 +0 +0$/m),
  });
}, 60_000);

test('a verification finds the wrong row, and a rebuild corrects it', async () => {
  await execute("UPDATE products_v1 SET on_hand = 9 WHERE product = 'tofu'");
  const wrong = await run('projections', 'verify', 'products');
  expect([wrong.code, wrong.stdout]).toEqual([1, expect.stringMatching(/^products_v1 +3 +1 +1$/m)]);
  expect((await run('projections', 'rebuild', 'products')).code).toBe(0);
  expect((await run('projections', 'verify', 'products')).code).toBe(0);
}, 60_000);

test('pause and resume', async () => {
  expect((await run('projections', 'pause', 'products', '--reason', 'Night.')).code).toBe(0);
  const paused = await run('projections', 'products');
  expect(paused.stdout).toMatch(/products@1: paused at \d+ of \d+ events. Night./);
  const again = await run('projections', 'pause', 'products');
  expect([again.code, again.stderr]).toEqual([1, expect.stringMatching(/^Not possible/)]);
  expect(await run('projections', 'resume', 'products')).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/products: version 1 serves, nothing is being built\.\n$/),
  });
}, 60_000);

test('the server’s problem is printed as it is', async () => {
  for (const args of [
    ['rollback', 'products', '9'],
    ['drop', 'products', '1'],
    ['cancel', 'products'],
  ]) {
    const { code, stdout, stderr } = await run('projections', ...args);
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      expect.stringMatching(/^Not possible in this state/),
    ]);
  }
  expect((await run('projections', 'nothing')).stderr).toContain('no projection nothing');
}, 60_000);

describe('a dead letter', () => {
  test('is shown, parked again, and redriven once its cause is removed', async () => {
    const letter = await park('konbu');
    const { stdout } = await run('dead-letters', 'show', letter);
    expect(stdout).toContain('UNIQUE constraint failed');
    expect(stdout).toContain('"name": "konbu"');
    expect((await run('projections')).stdout).toMatch(/^products .* 1 event, .* UNIQUE/m);
    expect(await run('dead-letters', 'redrive', letter)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('parked again, attempt 2.'),
    });
    await outOfTheWay('konbu');
    expect(await run('dead-letters', 'redrive', '--projection', 'products')).toMatchObject({
      code: 0,
      stdout: '1 dead letter tried again, 0 parked again.\n',
    });
    expect((await run('dead-letters')).stdout).toBe('None is parked.\n');
  }, 60_000);

  test('is left out for a reason', async () => {
    const letter = await park('ikura');
    const discarded = await run('dead-letters', 'discard', letter, '--reason', 'A typing error.');
    expect(discarded.code).toBe(0);
    const { stdout } = await run('dead-letters', '--status', 'discarded', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      deadLetters: [{ id: letter, reason: 'A typing error.', status: 'discarded' }],
    });
  }, 60_000);
});

test('the journal is compared with the logs, and lost events are restored', async () => {
  const until = (isSo: () => Promise<boolean>) =>
    vi.waitUntil(isSo, { timeout: 30_000, interval: 500 });
  // Each operation before has two events in the trail, which the journal has by now.
  await until(async () => (await auditedEvents()) % 2 === 0);
  await register('nori');
  const row = new URL('/v1/queries/products/nori', ledge.url);
  await until(async () => (await fetch(row)).status === 200);
  expect((await run('verify')).code).toBe(0);
  // The newest event, for positions are dense.
  await execute("DELETE FROM journal_page WHERE body ->> '$[0][0]' = 'product/nori'");
  await execute("DELETE FROM products_v1 WHERE product = 'nori'");
  await execute("UPDATE checkpoint SET version = 0 WHERE stream = 'product/nori'");
  const repaired = await run('verify', '--repair');
  expect(repaired.code).toBe(0);
  expect(repaired.stdout).toContain('  product/nori of main was at version 0 of 1\n');
  await execute(`UPDATE journal_page SET body = (
    SELECT json_group_array(json_set(value, CASE value ->> 0 WHEN 'product/nori' THEN '$[5]' END, json('{}')) ORDER BY key)
    FROM json_each(body)) WHERE body GLOB '*product/nori*'`);
  const differs = await run('verify');
  expect([differs.code, differs.stdout]).toEqual([
    1,
    expect.stringContaining('differs from the log'),
  ]);
  await execute("DELETE FROM journal_page WHERE body GLOB '*product/chai*'");
  const lacks = await run('verify', '--repair');
  expect([lacks.code, lacks.stdout]).toEqual([1, expect.stringContaining('missing')]);
}, 60_000);
