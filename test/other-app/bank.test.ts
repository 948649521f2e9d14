/** An app that the machinery has never seen runs through `ledge(app)` from its own entry, with its own tables. */
import { applyD1Migrations, type D1Migration } from 'cloudflare:test';
import { env as bindings, exports } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';

interface BankEnv {
  readonly DB: D1Database;
  readonly MIGRATIONS: D1Migration[];
}

function isBankEnv(candidate: object): candidate is BankEnv {
  return 'DB' in candidate && 'MIGRATIONS' in candidate;
}

if (!isBankEnv(bindings)) throw new Error('The bank lacks its bindings.');
const env = bindings;

const worker = z.object({ default: z.custom<{ fetch(request: Request): Promise<Response> }>() });

beforeAll(() => applyD1Migrations(env.DB, env.MIGRATIONS));

async function call(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown }> {
  const response = await worker
    .parse(exports)
    .default.fetch(new Request(`http://bank.test${path}`, init));
  return { status: response.status, body: await response.json() };
}

function send(id: string, command: string, data: unknown, key?: string) {
  return call(`/v1/commands/account/${id}/${command}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key !== undefined && { 'idempotency-key': key }),
    },
    body: JSON.stringify(data),
  });
}

function query(path: string, token?: string) {
  return call(
    `/v1/queries/${path}`,
    token === undefined ? {} : { headers: { 'consistent-with': token } },
  );
}

test('an account is opened, fed and read', async () => {
  await send('ann', 'OpenAccount', { owner: 'Ann' });
  expect(await send('ann', 'Deposit', { cents: 500 })).toMatchObject({
    body: { token: 'account/ann@2' },
  });
  expect((await query('balances', 'account/ann@2')).body).toEqual({
    rows: [{ account: 'ann', owner: 'Ann', cents: 500 }],
  });
  expect((await query('richer-than?cents=400')).body).toMatchObject({ rows: [{ account: 'ann' }] });
  expect((await query('richer-than?cents=501')).body).toEqual({ rows: [] });
  expect(await send('ann', 'SendTransfer', { cents: 501, transfer: 't', to: 'bob' })).toMatchObject(
    {
      status: 409,
      body: { reason: 'not-enough', details: { cents: 500 } },
    },
  );
});

test('the queue brings its events to its own tables by itself', async () => {
  await send('queued', 'OpenAccount', { owner: 'Queue' });
  const opened = async () => (await query('balances/queued')).status === 200;
  await vi.waitUntil(opened, { timeout: 10_000, interval: 100 });
});

test('it knows nothing of orders', async () => {
  for (const path of ['/v1/aggregates/order/o-1', '/v1/queries/orders', '/v1/streams/product']) {
    expect((await call(path)).status).toBe(404);
  }
  const document = JSON.stringify((await call('/openapi.json')).body);
  expect(document).toContain('OpenAccount');
  expect(document).not.toMatch(/PlaceOrder|ReceiveStock/);
});

test('its tables carry the tenant and the version, and there are no others', async () => {
  const { results } = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'd1%'",
  ).all<{ name: string; sql: string }>();
  expect(results.map(({ name }) => name).sort()).toEqual([
    'balances_v1',
    'bank_v1',
    'checkpoint',
    'journal',
  ]);
  expect(results.every(({ sql }) => sql.includes('`tenant` text NOT NULL'))).toBe(true);
});

const accounts = ['a', 'b', 'c'];
const transfers = fc.array(
  fc.record({
    from: fc.constantFrom(...accounts),
    to: fc.constantFrom(...accounts),
    cents: fc.integer({ min: 1, max: 800 }),
    /** How often each of the two commands is sent. */
    repeats: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 15 },
);

let run = 0;

test('money is conserved, whatever is transferred and however often it is sent', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(transfers, async (wanted) => {
      const prefix = `run-${run++}`;
      const before = await bankCents();
      for (const name of accounts) {
        await send(`${prefix}-${name}`, 'OpenAccount', { owner: prefix });
        await send(`${prefix}-${name}`, 'Deposit', { cents: 1_000 });
      }
      for (const [index, { from, to, cents, repeats }] of wanted.entries()) {
        await transfer(
          `${prefix}-${from}`,
          `${prefix}-${to}`,
          cents,
          `${prefix}-${index}`,
          repeats,
        );
      }
      const tokens = await Promise.all(accounts.map((name) => tokenOf(`${prefix}-${name}`)));
      const { body } = await query(`balances?owner=${prefix}`, tokens.join(','));
      const rows = z.object({ rows: z.array(z.object({ cents: z.number() })) }).parse(body).rows;
      expect(rows).toHaveLength(accounts.length);
      expect(rows.every(({ cents }) => cents >= 0)).toBe(true);
      expect(rows.reduce((sum, { cents }) => sum + cents, 0)).toBe(3_000);
      expect(await bankCents()).toBe(before + 3_000);
    }),
    { numRuns: 10 },
  );
});

/** Both halves under keys of their own; a rejected first half has no second. */
async function transfer(from: string, to: string, cents: number, id: string, repeats: number) {
  for (let time = 0; time < repeats; time++) {
    const sent = await send(from, 'SendTransfer', { cents, transfer: id, to }, `${id}-out`);
    if (sent.status !== 200) return;
  }
  for (let time = 0; time < repeats; time++) {
    await send(to, 'ReceiveTransfer', { cents, transfer: id, from }, `${id}-in`);
  }
}

async function tokenOf(id: string): Promise<string> {
  const { body } = await call(`/v1/aggregates/account/${id}`);
  return `account/${id}@${z.object({ version: z.number() }).parse(body).version}`;
}

/** The bank's one row, once everything that was sent has arrived. */
async function bankCents(): Promise<number> {
  const { results } = await env.DB.prepare('SELECT cents FROM bank_v1').all<{ cents: number }>();
  return results[0]?.cents ?? 0;
}
