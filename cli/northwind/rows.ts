/** The columns of Northwind that an order book needs, as integers and UTC instants. Anything else is refused. */
import * as z from 'zod';
import { IDENTIFIER_RULE, isIdentifier } from '../../core/aggregate/stream.ts';
import { exactDecimal } from './exact-decimal.ts';

const text = z
  .string({ error: ({ input }) => (input === undefined ? 'the column is missing' : undefined) })
  .min(1, 'is empty');

const identifier = text.refine(isIdentifier, `must be ${IDENTIFIER_RULE}`);

function decimal(places: number, unitsMax: number) {
  return text.transform((written, context) => {
    const units = exactDecimal(written, places);
    if (units !== undefined && units <= unitsMax) return units;
    context.addIssue(`${written} is no decimal from 0 to ${unitsMax / 10 ** places}`);
    return z.NEVER;
  });
}

const cents = decimal(2, 1_000_000_000);
const basisPoints = decimal(4, 10_000);
const quantity = decimal(0, 1_000_000).refine((units) => units > 0, 'must be at least 1');

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{3}))?)?Z?$/;

/** `1996-07-04 00:00:00.000` → `1996-07-04T00:00:00.000Z`. Days that no calendar has are refused. */
const date = text.transform((written, context) => {
  const [, day, time = '00:00:00', ms = '000'] = DATE.exec(written) ?? [];
  const instant = `${day}T${time}.${ms}Z`;
  const parsed = new Date(instant);
  if (!Number.isNaN(parsed.valueOf()) && parsed.toISOString() === instant) return instant;
  context.addIssue(`${written} is no date like 1996-07-04 00:00:00.000`);
  return z.NEVER;
});

const noText = z.literal('').transform(() => undefined);

const optionalText = z.union([noText, text]);

export const customerRow = z.object({
  CustomerID: identifier,
  ContactName: text,
  Address: text,
  City: text,
  Region: optionalText,
  PostalCode: optionalText,
  Country: text,
});
export const productRow = z.object({ ProductID: identifier, ProductName: text, UnitPrice: cents });
export const orderRow = z.object({
  OrderID: identifier,
  CustomerID: text,
  OrderDate: date,
  ShippedDate: z.union([noText, date]),
  ShipCountry: text,
});
export const orderDetailRow = z.object({
  OrderID: identifier,
  ProductID: identifier,
  UnitPrice: cents,
  Quantity: quantity,
  Discount: basisPoints,
});

export type CustomerRow = z.output<typeof customerRow>;
export type ProductRow = z.output<typeof productRow>;
export type OrderRow = z.output<typeof orderRow>;
export type OrderDetailRow = z.output<typeof orderDetailRow>;
