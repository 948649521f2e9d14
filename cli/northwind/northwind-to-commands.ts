/**
 * The Northwind order book as the commands that would have made it: customers and products first, then every
 * order's life in order of its date. Pure. `ledge import` takes its lines.
 */
import { type CsvTables, type OrderBook, readBook } from './read-book.ts';
import type { CustomerRow, OrderDetailRow, OrderRow, ProductRow } from './rows.ts';

export interface BookCommand {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** UTC. */
  readonly occurredAt: string;
}

/**
 * Checks the whole book at once and makes its commands one by one.
 *
 * @throws when a row is malformed or refers to nothing; the message names file and row
 * @example for (const command of northwindToCommands(tables)) console.log(JSON.stringify(command));
 */
export function northwindToCommands(tables: CsvTables): Generator<BookCommand> {
  return bookCommands(readBook(tables));
}

function* bookCommands(book: OrderBook): Generator<BookCommand> {
  const orders = book.orders.toSorted(byDateThenId);
  const opening = orders[0]?.OrderDate;
  if (opening === undefined) return;
  for (const customer of book.customers) yield registerCustomer(customer, opening);
  for (const product of book.products) yield registerProduct(product, opening);
  for (const order of orders) yield* orderLife(order, book);
}

function registerCustomer(customer: CustomerRow, occurredAt: string): BookCommand {
  const { CustomerID, ContactName, Address, City, Region, PostalCode, Country } = customer;
  const address = {
    street: Address,
    city: City,
    ...(Region !== undefined && { region: Region }),
    ...(PostalCode !== undefined && { postalCode: PostalCode }),
  };
  const data = { customer: CustomerID, name: ContactName, address, country: Country };
  const command = 'RegisterCustomer';
  return { aggregate: 'customer', id: CustomerID, command, data, occurredAt };
}

function registerProduct(product: ProductRow, occurredAt: string): BookCommand {
  const data = { name: product.ProductName, priceCents: product.UnitPrice };
  return {
    aggregate: 'product',
    id: product.ProductID,
    command: 'RegisterProduct',
    data,
    occurredAt,
  };
}

function* orderLife(order: OrderRow, book: OrderBook): Generator<BookCommand> {
  const stream = { aggregate: 'order', id: order.OrderID };
  const data = {
    customer: order.CustomerID,
    country: order.ShipCountry,
    // As it was before orders came by the web: what is history is not fulfilled again.
    channel: 'phone',
    lines: book.linesOf(order).map(orderLine),
  };
  yield { ...stream, command: 'PlaceOrder', data, occurredAt: order.OrderDate };
  yield { ...stream, command: 'ConfirmOrder', data: {}, occurredAt: order.OrderDate };
  if (order.ShippedDate === undefined) return;
  yield { ...stream, command: 'MarkShipped', data: {}, occurredAt: order.ShippedDate };
}

function orderLine(row: OrderDetailRow) {
  return {
    product: row.ProductID,
    quantity: row.Quantity,
    unitCents: row.UnitPrice,
    discountBp: row.Discount,
  };
}

const numeric = new Intl.Collator('en', { numeric: true });

function byDateThenId(a: OrderRow, b: OrderRow): number {
  return numeric.compare(a.OrderDate, b.OrderDate) || numeric.compare(a.OrderID, b.OrderID);
}
