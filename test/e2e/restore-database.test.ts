/**
 * D1 goes back to an earlier moment under a running server: its tables are put back from copies, as Time Travel would
 * put back the whole database. The objects keep what they have.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { restoreDatabase } from '../../cli/restore/restore-database.ts';
import { parsePosition } from '../../core/plan/journal-position.ts';
import { runCli } from '../node/support/run-cli.ts';
import { Reader } from './crash/reader.ts';
import { type Served, serveLedge } from './support/serve.ts';

let ledge: Served;
beforeAll(async () => {
  ledge = await serveLedge();
}, 120_000);
afterAll(() => ledge.server.close());

const reader = new Reader(() => ledge.url.origin);
const file = join(mkdtempSync(join(tmpdir(), 'restore-')), 'list.ndjson');
const TO = '2026-11-26T10:00:00.000Z';

interface Statement {
  all(): Promise<{ results: Record<string, unknown>[] }>;
}
interface D1 {
  prepare(sql: string): Statement;
  batch(statements: Statement[]): Promise<unknown>;
}

async function database(): Promise<D1> {
  return (await ledge.server.getWorker<{ DB: D1 }>().getEnv()).DB;
}

async function tables(): Promise<string[]> {
  const { results } = await (await database())
    .prepare(
      `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
       AND name NOT GLOB '_cf_*' AND name NOT GLOB 'd1_*' AND name NOT GLOB 'kept_*'`,
    )
    .all();
  return results.map(({ name }) => String(name));
}

async function inOneBatch(...statements: readonly string[]): Promise<void> {
  const d1 = await database();
  await d1.batch(statements.map((sql) => d1.prepare(sql)));
}

async function keep(): Promise<void> {
  await inOneBatch(
    ...(await tables()).map((name) => `CREATE TABLE kept_${name} AS SELECT * FROM ${name}`),
  );
}

async function putBack(): Promise<void> {
  const own = await tables();
  await inOneBatch(
    ...own.flatMap((name) => [
      `DELETE FROM ${name}`,
      `INSERT INTO ${name} SELECT * FROM kept_${name}`,
    ]),
  );
}

async function command(id: string, name: string, data: object): Promise<void> {
  await reader.post(`/v1/commands/product/${id}/${name}`, data);
}

async function register(...ids: readonly string[]): Promise<void> {
  for (const id of ids) await command(id, 'RegisterProduct', { name: id, priceCents: 100 });
}

interface Row {
  readonly product: string;
  readonly onHand: number;
}

async function stock(): Promise<Record<string, number>> {
  const { rows } = await reader.get<{ rows: Row[] }>('/v1/queries/products?limit=1000');
  return Object.fromEntries(rows.map(({ product, onHand }) => [product, onHand]));
}

/** Of the trail, which is a stream like the five products. */
async function auditedEvents(): Promise<number> {
  const d1 = await database();
  const counted = d1.prepare(`SELECT count(*) AS n FROM journal WHERE stream GLOB 'ledge.audit/*'`);
  return Number((await counted.all()).results[0]?.n);
}

/** The position at which the journal ends when it has so many events. */
async function endOf(events: number): Promise<string> {
  const end = async () => {
    const page = await reader.get<{ events: unknown[]; after: string }>('/v1/events?limit=1000');
    expect(page.events).toHaveLength(events);
    return page.after;
  };
  return vi.waitFor(end, { timeout: 30_000, interval: 100 });
}

test('BR1 nothing is done without the database’s name, nor to a moment that is none', async () => {
  const url = ['--url', ledge.url.origin, '--file', file];
  const refused = await runCli('restore-database', '--to', '2026-01-01T00:00:00Z', ...url);
  expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining('--confirm ledge')]);
  for (const to of ['yesterday', '2999-01-01T00:00:00Z', '2026-01-01']) {
    expect((await runCli('restore-database', '--to', to, ...url)).code).toBe(1);
  }
  expect(() => readFileSync(file)).toThrow('ENOENT');
});

test('BR2 the database is restored, and every listed stream is delivered again from its object', async () => {
  await register('a', 'b', 'c');
  const kept = await endOf(3);
  await keep();
  await command('a', 'ReceiveStock', { quantity: 5 });
  await command('b', 'ReceiveStock', { quantity: 1 });
  await register('born', 'later');
  const lost = await endOf(7);

  // Commands and their consumer continue meanwhile.
  let isOver = false;
  let received = 0;
  const traffic = (async () => {
    while (!isOver) {
      await command('c', 'ReceiveStock', { quantity: 1 });
      received++;
      await sleep(20);
    }
  })();
  const restore = { server: { url: ledge.url.origin }, to: TO, file, show: () => undefined };
  let restores = 0;
  const slowly = async () => {
    restores++;
    await sleep(300);
    await putBack();
    await sleep(300);
  };
  // The first run is interrupted after the restore; the second one continues from the file.
  const broken = {
    ...restore,
    putBack: () => slowly().then(() => Promise.reject(new Error('cut'))),
  };
  await expect(restoreDatabase(broken)).rejects.toThrow('cut');
  expect(restores).toBe(1);
  const restored = await restoreDatabase({ ...restore, putBack: slowly });
  expect(restored).toMatchObject({ left: [], differences: 0 });
  // The five products; the trail of the restore itself may have come in time.
  expect(restored.streams).toBeGreaterThanOrEqual(5);
  expect(await restoreDatabase({ ...restore, putBack: slowly })).toMatchObject({ left: [] });
  expect(restores).toBe(2);
  isOver = true;
  await traffic;

  // BR3: readers from before get the common position; those further back continue.
  const gone = await fetch(`${ledge.url.origin}/v1/events?after=${lost}`);
  const problem = Object(JSON.parse(await gone.text()));
  expect([gone.status, problem.type]).toEqual([410, '/problems/restored']);
  expect(parsePosition(problem.common)).toMatchObject({ epoch: 1, position: 3 });
  for (const after of [kept, problem.common]) {
    const { events } = await reader.get<{ events: { stream: string }[] }>(
      `/v1/events?limit=1000&after=${after}`,
    );
    expect(new Set(events.map(({ stream }) => stream))).toContain('product/born');
  }

  // BR4: everything equals the logs.
  const expected = { a: 5, b: 1, born: 0, c: received, later: 0 };
  await vi.waitFor(async () => expect(await stock()).toEqual(expected), { timeout: 30_000 });
  const operations = await auditedEvents();
  expect(operations).toBeGreaterThan(0);
  expect(await reader.verifyJournal()).toEqual({
    checked: 7 + received + operations,
    differences: [],
  });
  for (const projection of ['products', 'orders']) {
    const verified = await runCli('projections', 'verify', projection, '--url', ledge.url.origin);
    expect([projection, verified.code]).toEqual([projection, 0]);
  }
}, 120_000);

test('BR2 the command line restores the database and reports the result', async () => {
  const own = ['--file', `${file}-own`, '--to', '2026-01-01T00:00:00Z', '--confirm', 'ledge'];
  // The restore itself changes nothing here: the steps around it are the same.
  const putBack = ['--put-back', `node -e "if (!process.env.LEDGE_RESTORE_TO) throw 0"`];
  const ran = await runCli('restore-database', ...own, ...putBack, '--url', ledge.url.origin);
  expect([ran.code, ran.stderr, ran.stdout]).toEqual([
    0,
    '',
    expect.stringContaining('6 of 6 streams'),
  ]);
  expect(await reader.get('/v1/queries/products')).toMatchObject({ rows: expect.any(Array) });
}, 60_000);

test('BR5 a file of another restore, or half a list, is refused', async () => {
  const server = { url: ledge.url.origin };
  const never = () => Promise.reject(new Error('must not be restored'));
  const restore = {
    server,
    to: '2026-11-25T10:00:00.000Z',
    file,
    putBack: never,
    show: () => undefined,
  };
  await expect(restoreDatabase(restore)).rejects.toThrow('The file is of a restore to');
});

test('BR7 a stream that is created while the database is put back is in the journal afterwards', async () => {
  const restored = await restoreDatabase({
    server: { url: ledge.url.origin },
    to: '2026-11-24T10:00:00.000Z',
    file: `${file}-created`,
    // Time enough for its message to arrive, and for a confirmation.
    putBack: async () => {
      await register('between');
      await sleep(2_000);
      await putBack();
    },
    show: () => undefined,
  });
  expect(restored).toMatchObject({ left: [], differences: 0 });
  await vi.waitFor(async () => expect(await stock()).toHaveProperty('between', 0), {
    timeout: 30_000,
  });
}, 120_000);
