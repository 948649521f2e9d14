/**
 * Checks and encodes the parameters of a table's methods: every name is a column, every value fits its column, no
 * column that cannot be null is missing. Each check throws an Error that names the column and the remedy.
 */
import { type CellCodec, kindOf, type StoredValue } from './cell.ts';
import { cellNamed, type ReadModelTable } from './table.ts';

export type StoredValues = Readonly<Record<string, StoredValue>>;

export interface StoredChanges {
  /** Columns that are set to this value. */
  readonly set: StoredValues;
  /** Columns to which this number is added; null counts as 0. */
  readonly add: Readonly<Record<string, number>>;
  /** Columns that keep the smaller, and the larger, of their value and this one; null is replaced. */
  readonly min: StoredValues;
  readonly max: StoredValues;
}

/** The cells of a new row. Defaults are filled in here, so that changes folded onto the new row start from them. */
export function insertedCells(
  table: ReadModelTable,
  row: unknown,
): { readonly key: StoredValues; readonly set: StoredValues } {
  const cells = { ...table.defaults, ...storedForms(table, row, plain) };
  checkNewRow(table, 'an insert', (name) => Object.hasOwn(cells, name));
  const key: Record<string, StoredValue> = {};
  const set: Record<string, StoredValue> = {};
  for (const [name, stored] of Object.entries(cells)) {
    if (table.definition.key.includes(name)) key[name] = stored;
    else set[name] = stored;
  }
  return { key, set };
}

/** The cells of the key: all of its columns, and no other. */
export function keyCells(table: ReadModelTable, given: unknown): StoredValues {
  const cells = storedForms(table, given, plain);
  const { key } = table.definition;
  if (Object.keys(cells).length !== key.length || !key.every((name) => Object.hasOwn(cells, name)))
    throw new Error(`${table.name}: a row is named by its key, which is ${key.join(', ')}.`);
  return cells;
}

/** The operations on the other columns, one each. */
export function changedCells(table: ReadModelTable, given: unknown): StoredChanges {
  const { set, add, min, max, ...others } = objectGiven(table, given);
  const [other] = Object.keys(others);
  if (other !== undefined)
    throw new Error(`${table.name}: columns change by set, add, min and max, not by ${other}.`);
  const changes = {
    set: set === undefined ? nothing : storedForms(table, set, plain),
    add: add === undefined ? nothing : storedForms(table, add, growth),
    min: min === undefined ? nothing : storedForms(table, min, ordered),
    max: max === undefined ? nothing : storedForms(table, max, ordered),
  };
  checkChanged(table, changedColumns(changes));
  return changes;
}

const nothing = Object.freeze({});

export function changedColumns({ set, add, min, max }: StoredChanges): string[] {
  return [set, add, min, max].flatMap((values) => Object.keys(values));
}

/** Refuses changes whose result in SQL would depend on the other changes of the batch. */
function checkChanged({ name: table, definition }: ReadModelTable, names: readonly string[]): void {
  const key = names.find((name) => definition.key.includes(name));
  if (key !== undefined) throw new Error(`${table}: ${key} is part of the key, which stays.`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`${table}: ${twice} is changed in two ways at once.`);
}

/** SQLite checks NOT NULL before it checks whether the row exists. */
export function checkNewRow(
  { name: table, needed }: ReadModelTable,
  change: 'an insert' | 'an upsert',
  isNamed: (name: string) => boolean,
): void {
  const missing = needed.find((name) => !isNamed(name));
  if (missing !== undefined)
    throw new Error(`${table}: ${change} needs ${missing}, which cannot be null.`);
}

/** A loop for speed: a build does this for each event. A name is that of a column, so never `__proto__`. */
function storedForms<Stored extends StoredValue>(
  table: ReadModelTable,
  given: unknown,
  formOf: (cell: CellCodec, value: unknown) => Stored,
): Record<string, Stored> {
  const stored: Record<string, Stored> = {};
  for (const [name, value] of Object.entries(objectGiven(table, given))) {
    stored[name] = formOf(cellNamed(table, name), value);
  }
  return stored;
}

function objectGiven(table: ReadModelTable, given: unknown): Readonly<Record<string, unknown>> {
  if (isObject(given)) return given;
  throw new Error(`${table.name} was given ${kindOf(given)}: give an object of columns.`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plain(cell: CellCodec, value: unknown): StoredValue {
  return cell.encode(value);
}

function growth(cell: CellCodec, value: unknown): number {
  if (!cell.canGrow)
    throw new Error(`${cell.place} cannot grow: only an integer() does (count cents, or grams).`);
  // A column that can grow stores integers, and null is refused.
  return notNull(cell, value) as number;
}

function ordered(cell: CellCodec, value: unknown): StoredValue {
  if (!cell.hasOrder)
    throw new Error(`${cell.place} has no min and max: only columns of numbers and texts have.`);
  return notNull(cell, value);
}

/** Whether null replaces the value would depend on the batch. */
function notNull(cell: CellCodec, value: unknown): StoredValue {
  const stored = cell.encode(value);
  if (stored !== null) return stored;
  throw new Error(`${cell.place} was given null, which neither grows nor compares: leave it out.`);
}
