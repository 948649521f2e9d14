/** Cells of personal columns: sealed values, and nothing else. */
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
    encode: (given) => {
      if (given !== null && !isSealed(given)) {
        throw new Error(`${place} was given ${kindOf(given)}: give a sealed value of an event.`);
      }
      return cell.encode(given);
    },
    hasOrder: false,
    storage: `${cell.storage} sealed`,
  };
}

const TEXTS: readonly string[] = ['SQLiteText', 'SQLiteTextJson'];
