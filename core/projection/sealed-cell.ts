/** Cells of personal columns: handlers set sealed values, and nothing else. */
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { isSealed } from '../sealed/sealed.ts';
import { type CellCodec, kindOf } from './cell.ts';

/** @throws Error for a column that is not a text, or has a default */
export function sealedCell(
  cell: CellCodec,
  { columnType, default: value }: SQLiteColumn,
): CellCodec {
  const { place } = cell;
  if (!TEXTS.includes(columnType) || value !== undefined) {
    throw new Error(`${place} is personal: declare it as text(), without a default.`);
  }
  return {
    ...cell,
    encode: (given) => cell.encode(checkSealed(place, given)),
    hasOrder: false,
    storage: `${cell.storage} sealed`,
  };
}

const TEXTS: readonly string[] = ['SQLiteText', 'SQLiteTextJson'];

/**
 * The cell of an open column: a change has the sealed value, the table the plain one, or null.
 *
 * @throws Error for a column that is not a plain text, has a default or cannot be null
 */
export function openCell(
  cell: CellCodec,
  { columnType, enumValues = [], notNull, default: value }: SQLiteColumn,
): CellCodec {
  const { place } = cell;
  if (columnType !== 'SQLiteText' || enumValues.length > 0 || notNull || value !== undefined) {
    throw new Error(`${place} is open: declare it as text(), without notNull() and default.`);
  }
  return {
    ...cell,
    encode: (given) => checkSealed(place, given),
    opened: cell.encode,
    hasOrder: false,
    storage: `${cell.storage} open`,
  };
}

function checkSealed(place: string, given: unknown): string | null {
  if (given === null || isSealed(given)) return given;
  throw new Error(`${place} was given ${kindOf(given)}: give a sealed value of an event.`);
}
