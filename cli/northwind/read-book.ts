/**
 * The four tables as one consistent order book: every row readable, everything it refers to present. Pure;
 * the first row that cannot be used is an error that names its file and row (the header is row 1).
 */
import type * as z from 'zod';
import { issuesText } from '../import/json-text.ts';
import {
  type CustomerRow,
  customerRow,
  type OrderDetailRow,
  type OrderRow,
  orderDetailRow,
  orderRow,
  type ProductRow,
  productRow,
} from './rows.ts';

/** A row as the CSV parser gives it: column → text. */
export type CsvRow = Readonly<Record<string, string>>;

export interface CsvTables {
  readonly customers: readonly CsvRow[];
  readonly products: readonly CsvRow[];
  readonly orders: readonly CsvRow[];
  readonly orderDetails: readonly CsvRow[];
}

export interface OrderBook {
  readonly customers: readonly CustomerRow[];
  readonly products: readonly ProductRow[];
  readonly orders: readonly OrderRow[];
  readonly linesOf: (order: OrderRow) => readonly OrderDetailRow[];
}

export const FILES: Record<keyof CsvTables, string> = {
  customers: 'customers.csv',
  products: 'products.csv',
  orders: 'orders.csv',
  orderDetails: 'order-details.csv',
};

export function readBook(tables: CsvTables): OrderBook {
  const customers = parseRows('customers', customerRow, tables.customers);
  const products = parseRows('products', productRow, tables.products);
  const orders = parseRows('orders', orderRow, tables.orders);
  const details = parseRows('orderDetails', orderDetailRow, tables.orderDetails);

  const customerIds = uniqueIds('customers', customers, (row) => row.CustomerID);
  const productIds = uniqueIds('products', products, (row) => row.ProductID);
  const orderIds = uniqueIds('orders', orders, (row) => row.OrderID);
  const lines = Map.groupBy(details, (row) => row.OrderID);

  refuse('orders', orders, ({ OrderID, CustomerID }) => {
    if (!customerIds.has(CustomerID)) return `customer ${CustomerID} is not in ${FILES.customers}`;
    return lines.has(OrderID) ? undefined : `order ${OrderID} has no lines`;
  });
  refuse('orderDetails', details, ({ OrderID, ProductID }) => {
    if (!orderIds.has(OrderID)) return `order ${OrderID} is not in ${FILES.orders}`;
    return productIds.has(ProductID)
      ? undefined
      : `product ${ProductID} is not in ${FILES.products}`;
  });
  return { customers, products, orders, linesOf: ({ OrderID }) => lines.get(OrderID) ?? [] };
}

function parseRows<Row>(
  table: keyof CsvTables,
  schema: z.ZodType<Row>,
  rows: readonly CsvRow[],
): Row[] {
  if (rows.length === 0) throw new Error(`${FILES[table]}: no rows`);
  return rows.map((row, index) => {
    const { success, data, error } = schema.safeParse(row);
    if (!success) throw badRow(table, index, issuesText(error));
    return data;
  });
}

function uniqueIds<Row>(
  table: keyof CsvTables,
  rows: readonly Row[],
  idOf: (row: Row) => string,
): ReadonlySet<string> {
  const ids = new Set<string>();
  refuse(table, rows, (row) => {
    const id = idOf(row);
    return ids.size === ids.add(id).size ? `${id} is there already` : undefined;
  });
  return ids;
}

function refuse<Row>(
  table: keyof CsvTables,
  rows: readonly Row[],
  problemOf: (row: Row) => string | undefined,
): void {
  for (const [index, row] of rows.entries()) {
    const problem = problemOf(row);
    if (problem !== undefined) throw badRow(table, index, problem);
  }
}

function badRow(table: keyof CsvTables, index: number, problem: string): Error {
  return new Error(`${FILES[table]} row ${index + 2}: ${problem}`);
}
