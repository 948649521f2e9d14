/** An app that the runtime does not know runs through `ledge(app)` from its own entry, with its own tables. */
import fc from 'fast-check';
import { beforeAll, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { createBankTables, env, fetchBank } from './bank-worker.ts';

beforeAll(createBankTables);

async function call(
  path: string,
  init: RequestInit = {},
): Promise<{ status: number; body: unknown }> {
  const response = await fetchBank(path, init);
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

test('an account’s state and stream are read from the account', async () => {
  await send('bob', 'OpenAccount', { owner: 'Bob' });
  await send('bob', 'Deposit', { cents: 500 });
  await send('bob', 'Withdraw', { cents: 200 });
  expect(await call('/v1/aggregates/account/bob')).toMatchObject({
    status: 200,
    body: { version: 3, state: { status: 'open', owner: 'Bob', cents: 300 } },
  });
  expect(await call('/v1/streams/account/bob')).toMatchObject({
    body: {
      events: [
        { version: 1, type: 'AccountOpened', data: { owner: 'Bob' } },
        { version: 2, type: 'Deposited', data: { cents: 500 } },
        { version: 3, type: 'Withdrawn', data: { cents: 200 } },
      ],
    },
  });
  expect((await query('balances/bob', 'account/bob@3')).body).toMatchObject({ cents: 300 });
  expect((await call('/v1/aggregates/account/nobody')).status).toBe(404);
});

test.each(['balances.bnak', 'balances.bnak/giro'])(
  'H49 %s is near a table that is read under a name of its own',
  async (path) => {
    expect(await query(path)).toMatchObject({
      status: 404,
      body: { suggestion: 'balances.bank' },
    });
  },
);

test.each([
  ['Deposit', { cents: 1 }, 'not-open'],
  ['Withdraw', { cents: 1 }, 'not-open'],
  ['SendTransfer', { cents: 1, transfer: 't', to: 'ann' }, 'not-open'],
  ['ReceiveTransfer', { cents: 1, transfer: 't', from: 'ann' }, 'not-open'],
])('an account that was never opened rejects %s', async (command, data, reason) => {
  expect(await send('never', command, data)).toMatchObject({ status: 409, body: { reason } });
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

test('a balance is followed, and comes by the queue', async () => {
  await send('followed', 'OpenAccount', { owner: 'Fay' });
  const { webSocket } = await fetchBank('/v1/live', { headers: { upgrade: 'websocket' } });
  const frames: unknown[] = [];
  webSocket?.addEventListener('message', ({ data }) => frames.push(JSON.parse(String(data))));
  webSocket?.accept();
  const subscribing = { type: 'subscribe', id: 'fay', query: 'balances', key: ['followed'] };
  webSocket?.send(JSON.stringify(subscribing));
  await send('followed', 'Deposit', { cents: 700 });
  await expect
    .poll(() => JSON.stringify(frames.at(-1)), { timeout: 10_000 })
    .toContain('"cents":700');
  webSocket?.close();
}, 15_000);

test('D13 a table that is not listed is read, followed and described like the listed one', async () => {
  await send('gus', 'OpenAccount', { owner: 'Gus' });
  const stream = await fetchBank('/v1/live/balances.bank');
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (wanted: RegExp) => {
    while (!wanted.test(text)) text += (await reader?.read())?.value ?? '';
  };
  await until(/event: snapshot/);
  await send('gus', 'Deposit', { cents: 4_321 });
  await until(/event: change/);
  await reader?.cancel();
  const { body } = await query('balances.bank?sort=-cents', 'account/gus@2');
  const [row] = z
    .object({ rows: z.array(z.object({ bank: z.string(), cents: z.int() })) })
    .parse(body).rows;
  expect(row).toMatchObject({ bank: 'all' });
  expect((await query('balances.bank/all', 'account/gus@2')).body).toEqual({
    ...Object(row),
    accounts: expect.any(Number),
  });
  expect((await query('balances.bank?owner=Gus')).status).toBe(400);
  const { paths } = z
    .object({ paths: z.record(z.string(), z.unknown()) })
    .parse((await call('/openapi.json')).body);
  expect(Object.keys(paths)).toEqual(
    expect.arrayContaining(['/v1/queries/balances.bank', '/v1/queries/balances.bank/{bank}']),
  );
}, 15_000);

test('its tables have the tenant and the version, and there are no others', async () => {
  const { results } = await env.DB.prepare(
    "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'd1%'",
  ).all<{ name: string; sql: string }>();
  expect(results.map(({ name }) => name).sort()).toEqual([
    'balances_v1',
    'bank_v1',
    'checkpoint',
    'dead_letter',
    'epoch',
    'erasure',
    'generation',
    'issuer_keys',
    'journal_page',
    'journal_segment',
    'publication_page',
    'residence',
    'schedule',
    'serving_set',
    'storage_format',
    'subject_key',
    'subscription',
    'sweep',
    'unnamed_object',
    'watch',
  ]);
  // Generations, restores and segments are the database's own business, not a tenant's.
  const shared = results.filter(({ sql }) => !sql.includes('`tenant` text NOT NULL'));
  expect(shared.map(({ name }) => name).sort()).toEqual([
    'epoch',
    'generation',
    'issuer_keys',
    'journal_segment',
    'serving_set',
    'storage_format',
    'unnamed_object',
  ]);
});

interface Transfer {
  readonly from: string;
  readonly to: string;
  readonly cents: number;
  /** How often each of its two commands is sent, all at once. */
  readonly repeats: number;
}

const names = ['a', 'b', 'c'];
const transfers: fc.Arbitrary<Transfer[]> = fc.array(
  fc.record({
    from: fc.constantFrom(...names),
    to: fc.constantFrom(...names),
    cents: fc.integer({ min: 1, max: 800 }),
    repeats: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 15 },
);

const SAVED = 1_000;
let runs = 0;

test('money is conserved for any transfers, however often they are sent', {
  timeout: 60_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(transfers, async (wanted) => {
      const owner = `owner-${runs++}`;
      const before = await bankCents();
      await Promise.all(names.map((name) => openWithSavings(owner, name)));
      for (const [index, one] of wanted.entries()) await transfer(owner, index, one);
      const rows = await balancesOf(owner);
      expect(rows).toEqual(expectedBalances(wanted));
      expect(rows.reduce((sum, cents) => sum + cents, 0)).toBe(names.length * SAVED);
      expect(await bankCents()).toBe(before + names.length * SAVED);
    }),
    { numRuns: 10 },
  );
});

async function openWithSavings(owner: string, name: string): Promise<void> {
  await send(`${owner}-${name}`, 'OpenAccount', { owner });
  await send(`${owner}-${name}`, 'Deposit', { cents: SAVED });
}

/** Each half under a key of its own, and the second only when the first was accepted. */
async function transfer(owner: string, index: number, { from, to, cents, repeats }: Transfer) {
  const id = `${owner}-${index}`;
  const [sender, receiver] = [`${owner}-${from}`, `${owner}-${to}`];
  const atOnce = (once: () => ReturnType<typeof send>) =>
    Promise.all(Array.from({ length: repeats }, once));
  const sending = { cents, transfer: id, to: receiver };
  const answers = await atOnce(() => send(sender, 'SendTransfer', sending, `${id}-out`));
  expect(new Set(answers.map(({ status }) => status)).size).toBe(1);
  if (answers[0]?.status !== 200) return;
  const receiving = { cents, transfer: id, from: sender };
  await atOnce(() => send(receiver, 'ReceiveTransfer', receiving, `${id}-in`));
}

/** The balances when every transfer happens once, or not at all for lack of money. */
function expectedBalances(wanted: readonly Transfer[]): number[] {
  const cents = new Map(names.map((name) => [name, SAVED]));
  const move = (name: string, change: number) => cents.set(name, (cents.get(name) ?? 0) + change);
  for (const { from, to, cents: amount } of wanted) {
    if ((cents.get(from) ?? 0) < amount) continue;
    move(from, -amount);
    move(to, amount);
  }
  return [...cents.values()];
}

const balanceRows = z.object({ rows: z.array(z.object({ cents: z.number() })) });

/** In the order of their names, with all that the accounts have seen. */
async function balancesOf(owner: string): Promise<number[]> {
  const tokens = await Promise.all(names.map((name) => tokenOf(`${owner}-${name}`)));
  const { body } = await query(`balances?owner=${owner}`, tokens.join(','));
  return balanceRows.parse(body).rows.map(({ cents }) => cents);
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
