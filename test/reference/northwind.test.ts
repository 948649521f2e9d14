// The Northwind converter: always with a small book of our own, and with the real one if NORTHWIND_DIR is set.
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { exactDecimal } from '../../cli/northwind/exact-decimal.ts';
import {
  type BookCommand,
  northwindToCommands,
} from '../../cli/northwind/northwind-to-commands.ts';
import type { CsvRow, CsvTables } from '../../cli/northwind/read-book.ts';
import { readTables } from '../../cli/northwind/read-tables.ts';
import { lineGrossCents, lineNetCents } from '../../domain/money.ts';

const sample = await readTables(fileURLToPath(new URL('../controls/book', import.meta.url)));
const realDirectory = process.env.NORTHWIND_DIR;

describe('the sample book', () => {
  const commands = [...northwindToCommands(sample)];

  test('opens with its customers, at the earliest order date', () => {
    const porto = { street: 'Cais 4, 2.º Esq.', city: 'Porto', postalCode: '4050-265' };
    const cork = { street: '3 Mill Lane', city: 'Cork', region: 'Co. Cork' };
    const oulu = { street: 'Satamakatu 9', city: 'Oulu', postalCode: '90100' };
    expect(commands.slice(0, 3)).toEqual([
      registersCustomer('HARBR', { name: 'Inês Duarte', address: porto, country: 'Portugal' }),
      registersCustomer('MILLS', { name: 'Orla Mills', address: cork, country: 'Ireland' }),
      registersCustomer('TUNDR', { name: 'Aino Virta', address: oulu, country: 'Finland' }),
    ]);
  });

  test('goes on with its products, at the same date', () => {
    expect(commands.slice(3, 6)).toEqual([
      registers('1', { name: 'Ledge Honey', priceCents: 1_250 }),
      registers('2', { name: 'Stone Bread, large', priceCents: 305 }),
      registers('3', { name: 'Slate Tea', priceCents: 100 }),
    ]);
  });

  test('writes the orders by date, then by id, each from placed to shipped', () => {
    expect(commands.slice(6).map(({ id, command }) => `${id} ${command}`)).toEqual([
      '1001 PlaceOrder',
      '1001 ConfirmOrder',
      '1001 MarkShipped',
      '1002 PlaceOrder',
      '1002 ConfirmOrder',
      '1002 MarkShipped',
      '1003 PlaceOrder',
      '1003 ConfirmOrder',
    ]);
  });

  test('places an order with integer cents, basis points and UTC dates', () => {
    expect(commands[6]).toEqual({
      aggregate: 'order',
      id: '1001',
      command: 'PlaceOrder',
      data: {
        customer: 'MILLS',
        country: 'Ireland',
        channel: 'phone',
        lines: [
          { product: '1', quantity: 10, unitCents: 1_250, discountBp: 0 },
          { product: '2', quantity: 7, unitCents: 305, discountBp: 1_500 },
        ],
      },
      occurredAt: '2024-02-01T00:00:00.000Z',
    });
    expect(commands[8]).toMatchObject({ data: {}, occurredAt: '2024-02-09T00:00:00.000Z' });
  });

  test('adds up', () => {
    expect(totals(commands)).toEqual({
      orders: 3,
      lines: 5,
      shipped: 2,
      gross: 44_185,
      net: 36_850,
    });
  });
});

describe('a book that is not sound', () => {
  const order = row(sample.orders, 0);
  const detail = row(sample.orderDetails, 0);
  const { Discount: _, ...detailWithoutDiscount } = detail;

  test.each<[string, Partial<CsvTables>, string]>([
    [
      'a missing column',
      { orderDetails: [detailWithoutDiscount] },
      'order-details.csv row 2: Discount: the column is missing',
    ],
    [
      'a malformed price',
      { orderDetails: [detail, { ...detail, UnitPrice: '1e3' }] },
      'order-details.csv row 3: UnitPrice: 1e3 is no decimal',
    ],
    [
      'a discount over everything',
      { orderDetails: [{ ...detail, Discount: '1.01' }] },
      'order-details.csv row 2: Discount: 1.01 is no decimal from 0 to 1',
    ],
    [
      'a day that no calendar has',
      { orders: [{ ...order, OrderDate: '2023-02-29 00:00:00.000' }] },
      'orders.csv row 2: OrderDate: 2023-02-29 00:00:00.000 is no date',
    ],
    [
      'an order without lines',
      { orders: [...sample.orders, { ...order, OrderID: '1004' }] },
      'orders.csv row 5: order 1004 has no lines',
    ],
    [
      'a detail of an unknown order',
      { orderDetails: [...sample.orderDetails, { ...detail, OrderID: '9' }] },
      'order-details.csv row 7: order 9 is not in orders.csv',
    ],
    [
      'a detail of an unknown product',
      { orderDetails: [...sample.orderDetails, { ...detail, ProductID: '9' }] },
      'order-details.csv row 7: product 9 is not in products.csv',
    ],
    [
      'an order of an unknown customer',
      { orders: [...sample.orders, { ...order, OrderID: '1004', CustomerID: 'NOONE' }] },
      'orders.csv row 5: customer NOONE is not in customers.csv',
    ],
    [
      'an order that is there twice',
      { orders: [...sample.orders, order] },
      'orders.csv row 5: 1003 is there already',
    ],
    ['a table without rows', { orders: [] }, 'orders.csv: no rows'],
  ])('%s is an error that names file and row', (_title, spoilt, message) => {
    expect(() => northwindToCommands({ ...sample, ...spoilt })).toThrow(message);
  });

  test('a file that is no table is an error that names it', async () => {
    await expect(readTables(fileURLToPath(new URL('.', import.meta.url)))).rejects.toThrow(
      /customers\.csv: ENOENT/,
    );
  });
});

test.each([
  ['14.0', 2, 1_400],
  ['0.15', 4, 1_500],
  ['0.150000006', 4, 1_500],
  ['1.005', 2, 101],
  ['1.00499999999999999999', 2, 100],
  ['0.29', 2, 29],
  ['7', 0, 7],
  ['-1', 2, undefined],
  ['1e3', 2, undefined],
  ['', 2, undefined],
  ['99999999999999999999', 2, undefined],
])('%s with %i places is %s, without a float in between', (text, places, units) => {
  expect(exactDecimal(text, places)).toBe(units);
});

describe('the real book', () => {
  const title = realDirectory === undefined ? 'SKIPPED, set NORTHWIND_DIR: ' : '';

  test.skipIf(realDirectory === undefined)(`${title}adds up to the settled figures`, async () => {
    const commands = [...northwindToCommands(await readTables(realDirectory ?? ''))];
    expect(commands).toHaveLength(2_637);
    expect(commands.filter(({ command }) => command === 'RegisterCustomer')).toHaveLength(91);
    expect(commands.filter(({ command }) => command === 'RegisterProduct')).toHaveLength(77);
    expect(totals(commands)).toEqual({
      orders: 830,
      lines: 2_155,
      shipped: 809,
      gross: 135_445_859,
      net: 126_579_329,
    });
  });

  test.skipIf(realDirectory === undefined)(`${title}knows its largest customers`, async () => {
    const commands = [...northwindToCommands(await readTables(realDirectory ?? ''))];
    expect(netByCustomer(commands).slice(0, 3)).toEqual([
      ['QUICK', 11_027_732],
      ['ERNSH', 10_487_500],
      ['SAVEA', 10_436_196],
    ]);
  });
});

const placedOrder = z.object({
  customer: z.string(),
  lines: z.array(
    z.object({ quantity: z.int(), unitCents: z.int(), discountBp: z.int(), product: z.string() }),
  ),
});

function placedOrders(commands: readonly BookCommand[]) {
  return commands
    .filter(({ command }) => command === 'PlaceOrder')
    .map(({ data }) => placedOrder.parse(data));
}

function totals(commands: readonly BookCommand[]) {
  const orders = placedOrders(commands);
  const lines = orders.flatMap((order) => order.lines);
  return {
    orders: orders.length,
    lines: lines.length,
    shipped: commands.filter(({ command }) => command === 'MarkShipped').length,
    gross: sum(lines.map(lineGrossCents)),
    net: sum(lines.map(lineNetCents)),
  };
}

function netByCustomer(commands: readonly BookCommand[]): [string, number][] {
  const orders = Map.groupBy(placedOrders(commands), ({ customer }) => customer);
  return [...orders]
    .map(([customer, theirs]): [string, number] => {
      return [customer, sum(theirs.flatMap(({ lines }) => lines.map(lineNetCents)))];
    })
    .sort(([, a], [, b]) => b - a);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, next) => total + next, 0);
}

function registersCustomer(id: string, data: BookCommand['data']): BookCommand {
  const occurredAt = '2024-02-01T00:00:00.000Z';
  const command = 'RegisterCustomer';
  return { aggregate: 'customer', id, command, data: { customer: id, ...data }, occurredAt };
}

function registers(id: string, data: BookCommand['data']): BookCommand {
  const occurredAt = '2024-02-01T00:00:00.000Z';
  return { aggregate: 'product', id, command: 'RegisterProduct', data, occurredAt };
}

function row(rows: readonly CsvRow[], index: number): CsvRow {
  const found = rows[index];
  if (!found) throw new Error(`The sample has no row ${index}.`);
  return found;
}
