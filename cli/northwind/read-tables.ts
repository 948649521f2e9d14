/** The CSV files of a Northwind directory as rows of text. A file that is no table is an error that names it. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import * as z from 'zod';
import { type CsvRow, type CsvTables, FILES } from './read-book.ts';

const csvRow = z.record(z.string(), z.string());

export async function readTables(directory: string): Promise<CsvTables> {
  const rowsOf = (table: keyof CsvTables) => readRows(join(directory, FILES[table]));
  return {
    customers: await rowsOf('customers'),
    products: await rowsOf('products'),
    orders: await rowsOf('orders'),
    orderDetails: await rowsOf('orderDetails'),
  };
}

async function readRows(file: string): Promise<CsvRow[]> {
  const parser = parse({ columns: true, bom: true });
  const input = createReadStream(file).on('error', (error) => parser.destroy(error));
  const rows: CsvRow[] = [];
  try {
    for await (const row of input.pipe(parser)) rows.push(csvRow.parse(row));
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
  return rows;
}
