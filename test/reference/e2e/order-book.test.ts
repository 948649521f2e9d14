/**
 * The main job from end to end: an order book becomes commands, is imported over HTTP into a real server, and travels
 * through objects, queue and projector into the read models. Over a small book of our own always, over the Northwind
 * one where NORTHWIND_DIR says it is.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { TestHarness } from 'wrangler';
import { importCommands } from '../../../cli/import-commands.ts';
import { northwindToCommands } from '../../../cli/northwind/northwind-to-commands.ts';
import { readTables } from '../../../cli/northwind/read-tables.ts';
import { serveReference } from './serve-reference.ts';

const sampleBook = fileURLToPath(new URL('../../controls/book', import.meta.url));
const northwind = process.env.NORTHWIND_DIR;

interface Ledge {
  readonly server: TestHarness;
  readonly url: string;
  readonly folder: string;
}

async function startLedge(): Promise<Ledge> {
  const { server, url } = await serveReference();
  const folder = await mkdtemp(join(tmpdir(), 'ledge-book-'));
  return { server, url: url.href, folder };
}

async function stopLedge({ server, folder }: Ledge): Promise<void> {
  await server.close();
  await rm(folder, { recursive: true });
}

async function importBook({ url, folder }: Ledge, book: string) {
  const commands = northwindToCommands(await readTables(book));
  const file = join(folder, 'book.ndjson');
  await writeFile(file, [...commands].map((command) => `${JSON.stringify(command)}\n`).join(''));
  return importCommands({ file, url });
}

/** One number or row straight out of D1. */
async function select<Row>({ server }: Ledge, sql: string): Promise<Row[]> {
  const { DB }: { DB: D1 } = await server.getWorker<{ DB: D1 }>().getEnv();
  return (await DB.prepare(sql).all<Row>()).results;
}

interface D1 {
  prepare(sql: string): { all<Row>(): Promise<{ results: Row[] }> };
}

/** Waits until the journal holds so many events: the queue has nothing left to bring. */
async function drained(ledge: Ledge, events: number): Promise<void> {
  const journalled = async () => {
    const [row] = await select<{ n: number }>(ledge, 'SELECT count(*) AS n FROM journal');
    return row?.n === events;
  };
  await vi.waitUntil(journalled, { timeout: 60_000, interval: 250 });
}

async function query(ledge: Ledge, path: string): Promise<Record<string, unknown>[]> {
  const response = await fetch(new URL(`/v1/queries/${path}`, ledge.url));
  const { rows }: { rows: Record<string, unknown>[] } = JSON.parse(await response.text());
  return rows;
}

const ORDER_SUMS = `SELECT count(*) AS orders, sum(status = 'shipped') AS shipped, sum(line_count) AS lines,
  sum(gross_cents) AS gross, sum(net_cents) AS net FROM orders_v1`;
const DAY_SUMS =
  'SELECT sum(orders) AS orders, sum(gross_cents) AS gross, sum(net_cents) AS net FROM sales_by_day_v1';
const EVERYTHING = [
  'orders_v1',
  'customers_v1',
  'products_v1',
  'sales_by_day_v1',
  'sales_by_customer_v1',
  'journal',
  'checkpoint',
];

async function contents(ledge: Ledge): Promise<unknown[]> {
  return Promise.all(
    EVERYTHING.map((name) => select(ledge, `SELECT * FROM ${name} ORDER BY 1, 2, 3`)),
  );
}

interface Book {
  readonly directory: string;
  readonly commands: number;
  /** Each has a key, which is an event of a stream of its own. */
  readonly customers: number;
  readonly sums: { orders: number; shipped: number; lines: number; gross: number; net: number };
  readonly largestCustomers: readonly { customer: string; netCents: number }[];
}

function travels({ directory, commands, customers, sums, largestCustomers }: Book): void {
  let ledge: Ledge;
  beforeAll(async () => {
    ledge = await startLedge();
  }, 120_000);
  afterAll(() => stopLedge(ledge));

  test('every command is accepted and every event reaches the read models', async () => {
    const report = await importBook(ledge, directory);
    expect(report.tally).toMatchObject({ accepted: commands, rejected: 0, failed: 0 });
    await drained(ledge, commands + customers);
    expect(await select(ledge, ORDER_SUMS)).toEqual([sums]);
  }, 120_000);

  test('the days add up to the same as the orders', async () => {
    const { orders, gross, net } = sums;
    expect(await select(ledge, DAY_SUMS)).toEqual([{ orders, gross, net }]);
  });

  test('the largest customers by net are known', async () => {
    const rows = await query(
      ledge,
      `sales-by-customer?sort=-netCents&limit=${largestCustomers.length}`,
    );
    expect(rows).toMatchObject(largestCustomers);
  });

  test('the customers have their names and addresses, which are sealed in the journal', async () => {
    const rows = await query(ledge, `customers?sort=name&limit=${customers}`);
    expect(rows).toHaveLength(customers);
    for (const { name, address } of rows) {
      expect(name).toEqual(expect.any(String));
      expect(address).toMatchObject({ street: expect.any(String), city: expect.any(String) });
    }
    const [first] = rows;
    const found = await query(ledge, `customers?name=${encodeURIComponent(String(first?.name))}`);
    expect(found).toEqual([first]);
    const bodies = await select<{ body: string }>(ledge, 'SELECT body FROM journal_page');
    const journal = bodies.map(({ body }) => body).join('\n');
    for (const { customer, name } of rows) {
      expect(journal).toContain(`~1.${customer}.1.`);
      expect(journal).not.toContain(String(name));
    }
  });

  test('importing it again is all replays and changes no row', async () => {
    const before = await contents(ledge);
    const report = await importBook(ledge, directory);
    expect(report.tally).toMatchObject({ accepted: commands, replayed: commands, failed: 0 });
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    expect(await contents(ledge)).toEqual(before);
  }, 120_000);
}

describe('I5 the sample book', () => {
  travels({
    directory: sampleBook,
    commands: 14,
    customers: 3,
    sums: { orders: 3, shipped: 2, lines: 5, gross: 44_185, net: 36_850 },
    largestCustomers: [
      { customer: 'TUNDR', netCents: 22_250 },
      { customer: 'MILLS', netCents: 14_315 },
    ],
  });
});

const title = northwind
  ? 'I5 the Northwind order book'
  : 'I5 the Northwind order book: SKIPPED, set NORTHWIND_DIR to the folder of its CSV files';

describe.skipIf(!northwind)(title, () => {
  travels({
    directory: northwind ?? '',
    commands: 91 + 77 + 830 + 830 + 809,
    customers: 91,
    sums: { orders: 830, shipped: 809, lines: 2_155, gross: 135_445_859, net: 126_579_329 },
    largestCustomers: [
      { customer: 'QUICK', netCents: 11_027_732 },
      { customer: 'ERNSH', netCents: 10_487_500 },
      { customer: 'SAVEA', netCents: 10_436_196 },
    ],
  });
});
