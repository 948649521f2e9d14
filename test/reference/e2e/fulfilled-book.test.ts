/**
 * The Northwind order book as web orders, one after another in the order of its file, against the stock of its product
 * file: a real server, a queue, a payment provider that captures whatever is asked for. All lines of an order or none.
 * Its folder is what NORTHWIND_DIR says.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type CsvTables, readBook } from '../../../cli/northwind/read-book.ts';
import { readTables } from '../../../cli/northwind/read-tables.ts';
import { Client } from '../../e2e/crash/client.ts';
import { Reader } from '../../e2e/crash/reader.ts';
import { migrations, Victim } from '../../e2e/crash/victim.ts';

const northwind = process.env.NORTHWIND_DIR;
const title = northwind
  ? 'I6 the Northwind order book against its stock'
  : 'I6 the Northwind order book against its stock: SKIPPED, set NORTHWIND_DIR to the folder of its CSV files';

const ORDERS_IN_BOOK = 830;
const UNITS_IN_STOCK = 3_119;
const UNITS_ORDERED = 51_317;

/** The first part of the book alone: an order takes a fifth of a second. `LEDGE_SCALE=5` takes all of it. */
const isWhole = Number(process.env.LEDGE_SCALE ?? 1) >= 5;
const ORDERS = isWhole ? ORDERS_IN_BOOK : 200;
const FULFILLED = isWhole ? 95 : 42;

const LOOK_AGAIN_MS = 5;
const ORDER_MS_MAX = 30_000;

interface Item {
  readonly product: string;
  readonly quantity: number;
}

interface WebOrder {
  readonly id: string;
  readonly placed: { readonly lines: readonly Item[]; readonly country: string };
}

/** In the order of the file. */
function webOrders(tables: CsvTables): WebOrder[] {
  const book = readBook(tables);
  return book.orders.map((order) => {
    const lines = book.linesOf(order).map((row) => ({
      product: row.ProductID,
      quantity: row.Quantity,
      unitCents: row.UnitPrice,
      discountBp: row.Discount,
    }));
    const { CustomerID: customer, ShipCountry: country } = order;
    return { id: order.OrderID, placed: { customer, country, lines } };
  });
}

const stockRow = z.object({ ProductID: z.string(), UnitsInStock: z.coerce.number().int() });

function stockOf({ products }: CsvTables): Map<string, number> {
  const rows = products.map((row) => stockRow.parse(row));
  return new Map(rows.map(({ ProductID, UnitsInStock }) => [ProductID, UnitsInStock]));
}

/** The orders that can be fulfilled, computed without Ledge, and the stock that is left. */
function workedOut(orders: readonly WebOrder[], stock: ReadonlyMap<string, number>) {
  const left = new Map(stock);
  const served = orders.filter(({ placed: { lines } }) => {
    if (lines.some(({ product, quantity }) => quantity > (left.get(product) ?? 0))) return false;
    for (const { product, quantity } of lines)
      left.set(product, (left.get(product) ?? 0) - quantity);
    return true;
  });
  return { served: served.map(({ id }) => id), left };
}

interface Saga {
  readonly status: string;
  readonly reason: string | null;
  readonly timeouts: object;
  readonly timeline: readonly { readonly type: string; readonly data: Record<string, unknown> }[];
}

describe.skipIf(!northwind)(title, () => {
  let victim: Victim;
  let client: Client;
  let reader: Reader;
  let book: WebOrder[];
  let orders: WebOrder[];
  let stock: Map<string, number>;
  const sagas = new Map<string, Saga>();

  beforeAll(async () => {
    const tables = await readTables(northwind ?? '');
    [book, stock] = [webOrders(tables), stockOf(tables)];
    orders = book.slice(0, ORDERS);
    victim = await Victim.create();
    client = new Client(() => victim.url);
    reader = new Reader(() => victim.url);
    await victim.start(await victim.bundle('worker/index.ts'), await migrations('migrations'));
    await reader.get('/v1/projections');
    for (const [id, quantity] of stock) {
      await send('product', id, 'RegisterProduct', { name: id, priceCents: 0 });
      if (quantity > 0) await send('product', id, 'ReceiveStock', { quantity });
    }
    for (const { id, placed } of orders) {
      await send('order', id, 'PlaceOrder', placed);
      sagas.set(id, await ended(id));
    }
  }, 1_800_000);
  afterAll(() => victim?.remove());

  async function send(aggregate: string, id: string, command: string, data: object): Promise<void> {
    expect(await client.send([{ aggregate, id, command, data }])).toEqual([]);
  }

  /** Pays as soon as the saga waits for it, and waits for its end. */
  async function ended(id: string): Promise<Saga> {
    const untilMs = Date.now() + ORDER_MS_MAX;
    let isPaid = false;
    while (Date.now() < untilMs) {
      const saga = await reader.get<Saga>(`/v1/sagas/fulfilment/${id}`).catch(() => undefined);
      if (saga?.status === 'completed' || saga?.status === 'compensated') return saga;
      if (!isPaid && saga?.status === 'running' && 'pay' in saga.timeouts) {
        await client.send([{ aggregate: 'payment', id, command: 'CapturePayment', data: {} }]);
        isPaid = client.sent.at(-1)?.decided?.outcome === 'accepted';
      }
      await sleep(LOOK_AGAIN_MS);
    }
    throw new Error(`${id} has not ended.`);
  }

  const idsThatAre = (status: string) =>
    orders.map(({ id }) => id).filter((id) => sagas.get(id)?.status === status);

  test('is what the test thinks that it is', () => {
    const ordered = book.flatMap(({ placed }) => placed.lines.map(({ quantity }) => quantity));
    const sum = (quantities: Iterable<number>) => [...quantities].reduce((all, one) => all + one);
    expect([book.length, sum(stock.values()), sum(ordered)]).toEqual([
      ORDERS_IN_BOOK,
      UNITS_IN_STOCK,
      UNITS_ORDERED,
    ]);
  });

  test(`fulfils exactly ${FULFILLED} orders: those that find all their lines in stock`, () => {
    const { served } = workedOut(orders, stock);
    expect(served).toHaveLength(FULFILLED);
    expect(idsThatAre('completed')).toEqual(served);
    expect(idsThatAre('compensated')).toHaveLength(ORDERS - FULFILLED);
  });

  test('explains every outcome by the timeline', () => {
    for (const { id, placed } of orders) {
      const saga = sagas.get(id);
      const outcomes = saga?.timeline.filter(({ type }) => type === 'EffectSettled') ?? [];
      const rejected = outcomes.filter(({ data }) => data.outcome === 'rejected');
      const received = saga?.timeline.flatMap(({ data }) => data.type ?? []);
      if (saga?.status === 'completed') {
        expect({ id, rejected, received }).toEqual({
          id,
          rejected: [],
          received: ['OrderPlaced', 'PaymentCaptured'],
        });
        continue;
      }
      expect({ id, reason: saga?.reason }).toEqual({ id, reason: 'out-of-stock' });
      expect(new Set(rejected.map(({ data }) => data.reason))).toEqual(new Set(['out-of-stock']));
      const reserved = placed.lines.length - rejected.length;
      const undone = outcomes.filter(({ data }) => String(data.effect).endsWith('/undo'));
      expect(undone).toHaveLength(reserved);
    }
  });

  test('leaves the exact remaining stock, and nothing reserved', async () => {
    const { left } = workedOut(orders, stock);
    for (const [id, onHand] of left) {
      const { state } = await reader.get<{ state: object }>(`/v1/aggregates/product/${id}`);
      expect(state).toMatchObject({ onHand, reserved: 0 });
    }
  });

  test('keeps the money of what was shipped, and no other', async () => {
    for (const id of idsThatAre('completed')) {
      const { state } = await reader.get<{ state: object }>(`/v1/aggregates/payment/${id}`);
      expect(state).toMatchObject({ status: 'captured' });
    }
    for (const id of idsThatAre('compensated')) {
      await expect(reader.get(`/v1/aggregates/payment/${id}`)).rejects.toThrow('404');
    }
  });
});
