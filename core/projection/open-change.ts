/**
 * Changes of open columns: a row's values are about the person in its subject's column, by which they are found when that
 * person is forgotten. So a change sets both together.
 */
import { parseSealed } from '../sealed/sealed.ts';
import { changedColumns, type StoredChanges, type StoredValues } from './row-input.ts';
import type { OpenCells, ReadModelTable } from './table.ts';

/** The cells of a change; `isNew`: it inserts its row, whose other columns are null. */
interface ChangedRow extends Partial<StoredChanges> {
  readonly set: StoredValues;
  readonly key: StoredValues;
  readonly isNew: boolean;
}

/** @throws Error that names the column */
export function checkOpenCells({ name: table, open }: ReadModelTable, row: ChangedRow): void {
  for (const cells of open) {
    const fault = faultOf(row, cells);
    if (fault !== undefined) throw new Error(`${table}.${cells.column} ${fault}`);
  }
}

function faultOf(
  { key, set, add = {}, min = {}, max = {}, isNew }: ChangedRow,
  { column, subject }: OpenCells,
): string | undefined {
  const isSet = Object.hasOwn(set, column);
  if (!isSet) {
    const isKept = isNew || !changedColumns({ set, add, min, max }).includes(subject);
    return isKept ? undefined : `is about ${subject}: set it whenever you set ${subject}.`;
  }
  const sealed = set[column];
  if (sealed === null) return undefined;
  const about = parseSealed(String(sealed))?.subject;
  if ({ ...set, ...key }[subject] === about) return undefined;
  return `was given a value of another subject than ${subject}: set ${subject} with it, to the subject of the field.`;
}
