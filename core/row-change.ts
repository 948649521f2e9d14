/**
 * Row changes: what a handler wants of a row, as data. They are checked and turned into stored forms when they are
 * made, inside the handler's call. Folding makes one change of many; whatever batches a history is cut into, the same
 * rows result.
 */
import { getTableName } from 'drizzle-orm';
import { kindOf, type StoredValue } from './cell.ts';
import type { ChangeFault, RowFault, UpsertFault } from './row-faults.ts';
import {
  changedCells,
  changedColumns,
  checkNewRow,
  insertedCells,
  keyCells,
  type StoredChanges,
  type StoredValues,
} from './row-input.ts';
import type { Columns, NewRow, ReadModelTable, Row } from './table.ts';

/** What a handler wants of one row, as data: the runner turns many of them into one statement. Values are stored forms. */
export interface RowChange extends StoredChanges {
  readonly table: ReadModelTable;
  readonly kind: 'insert' | 'upsert' | 'patch' | 'remove';
  readonly key: StoredValues;
  /** How far folded additions lead on the way, by column; left out where that is no further than 0 and their sum. */
  readonly swing: Readonly<Record<string, Swing>>;
}

/** The lowest and the highest of 0 and the sums that additions pass through. */
export interface Swing {
  readonly low: number;
  readonly high: number;
}

type ColumnOf<Cols extends Columns, Key, Property extends string, Type> = {
  [Name in keyof Cols]: Cols[Name]['_'] extends { readonly [Of in Property]: Type } ? Name : never;
}[Exclude<keyof Cols, Key>];

/** Integers alone: a sum of fractions depends on the order in which they are added. */
type Growing<Cols extends Columns, Key> = {
  readonly [Name in ColumnOf<Cols, Key, 'columnType', 'SQLiteInteger'>]?: number;
};

type Ordered<Cols extends Columns, Key> = {
  readonly [Name in ColumnOf<Cols, Key, 'dataType', 'number' | 'string'>]?: Cols[Name]['_']['data'];
};

/** How columns change. A column changes in one way at a time. */
export interface ColumnChanges<Cols extends Columns, Key extends string> {
  readonly set?: string extends keyof Cols ? Partial<Row<Cols>> : Partial<Omit<Row<Cols>, Key>>;
  readonly add?: SomeOf<Cols, Growing<Cols, Key>, 'this table has no integer() column that grows'>;
  readonly min?: SomeOf<Cols, Ordered<Cols, Key>, 'this table has no column with a smallest value'>;
  readonly max?: SomeOf<Cols, Ordered<Cols, Key>, 'this table has no column with a largest value'>;
}

/** Without columns a mapped type would take anything. */
type SomeOf<Cols, Changes, Fault> = string extends keyof Cols
  ? Readonly<Record<string, unknown>>
  : [keyof Changes] extends [never]
    ? Fault
    : Changes;

/**
 * A table as handlers see it. A row that several streams feed takes only `upsert` with changes whose order does
 * not matter (`add`, `min`, `max`), so that a rebuild, which meets the streams in another order, ends the same.
 * What the table does not take (another column, another type, a fraction in an integer column, NaN, half of a
 * surrogate pair) is an Error with the column's name: the event is parked for this projection. So is an event whose
 * `add` leads a sum beyond 2^53 - 1.
 */
export interface RowChanges<Cols extends Columns, Key extends string> {
  /** A new row. That it exists already is an error. */
  insert<Given extends NewRow<Cols>>(row: Given & RowFault<Given, Cols>): RowChange;
  /** Changes the row, and makes it where it is missing: so it must name every column that cannot be null. */
  upsert<Given extends ColumnChanges<Cols, Key>>(
    key: Pick<Row<Cols>, Key & keyof Cols>,
    changes: Given & ChangeFault<Given, ColumnChanges<Cols, Key>> & UpsertFault<Given, Cols, Key>,
  ): RowChange;
  /** Changes the row where it exists. */
  patch<Given extends ColumnChanges<Cols, Key>>(
    key: Pick<Row<Cols>, Key & keyof Cols>,
    changes: Given & ChangeFault<Given, ColumnChanges<Cols, Key>>,
  ): RowChange;
  remove(key: Pick<Row<Cols>, Key & keyof Cols>): RowChange;
  /**
   * Throws: a handler reads no rows, so that the same events make the same rows in whatever batches they come.
   *
   * @deprecated
   */
  get(
    key: 'a handler reads no rows: let the event carry what it needs, or add it up with upsert',
  ): never;
}

export function rowChanges<Cols extends Columns, Key extends string>(
  table: ReadModelTable,
): RowChanges<Cols, Key> {
  return {
    insert: (row) => new CheckedChange(table, 'insert', insertedCells(table, row)),
    upsert: (key, changes) => {
      const changed = changedCells(table, changes);
      const row = { key: keyCells(table, key), ...changed };
      const named = [...Object.keys(row.key), ...changedColumns(changed)];
      checkNewRow(table, 'an upsert', (name) => named.includes(name));
      return new CheckedChange(table, 'upsert', row);
    },
    patch: (key, changes) =>
      new CheckedChange(table, 'patch', {
        key: keyCells(table, key),
        ...changedCells(table, changes),
      }),
    remove: (key) => new CheckedChange(table, 'remove', { key: keyCells(table, key) }),
    get: () => {
      throw new Error(
        `${table.name} has no get: a handler reads no rows. Let the event carry what it needs, or add it up with upsert.`,
      );
    },
  };
}

const nothing = Object.freeze({});

/** Made by a table's methods alone, and frozen: what was checked stays as it is. A copy is none. */
class CheckedChange implements RowChange {
  readonly table: ReadModelTable;
  readonly kind: RowChange['kind'];
  readonly key: StoredValues;
  readonly set: StoredValues;
  readonly add: Readonly<Record<string, number>>;
  readonly swing: RowChange['swing'] = nothing;
  readonly min: StoredValues;
  readonly max: StoredValues;
  readonly #isChecked = true;

  constructor(
    table: ReadModelTable,
    kind: RowChange['kind'],
    { key, set = nothing, add = nothing, min = nothing, max = nothing }: ChangeParts,
  ) {
    this.table = table;
    this.kind = kind;
    this.key = Object.freeze(key);
    this.set = Object.freeze(set);
    this.add = Object.freeze(add);
    this.min = Object.freeze(min);
    this.max = Object.freeze(max);
    Object.freeze(this);
  }

  static is(value: unknown): value is CheckedChange {
    return typeof value === 'object' && value !== null && #isChecked in value;
  }
}

type ChangeParts = Pick<RowChange, 'key'> & Partial<StoredChanges>;

/**
 * The row changes in what a handler returned: one of them or an array, made by the tables that it was handed.
 *
 * @throws Error for anything else. `undefined` is refused too: it is a forgotten `return` more often than no change.
 */
export function returnedChanges(returned: unknown, tables: readonly ReadModelTable[]): RowChange[] {
  const changes: unknown[] = Array.isArray(returned) ? returned : [returned];
  // Not flatMap, which would skip the holes of an array.
  return Array.from(changes, (change) => {
    if (!CheckedChange.is(change)) {
      const given = Array.isArray(returned) ? `an array with ${kindOf(change)}` : kindOf(change);
      throw new Error(
        `The handler returned ${given}: return what the tables' methods return, or [] for no change.`,
      );
    }
    if (tables.includes(change.table)) return change;
    throw new Error(`The handler changed ${change.table.name}, which is another projection's.`);
  });
}

/**
 * Folds changes of one tenant so that each row is written once where that is possible: a hundred events on one row
 * cost one row written. What cannot be folded into the change before it (a row removed and inserted again) goes into
 * a later layer; layers are applied in order, within a layer the order does not matter.
 */
export function foldChanges(changes: readonly RowChange[]): RowChange[][] {
  const rows = new Map<string, RowChange[]>();
  for (const change of changes) {
    if (changesNothing(change)) continue;
    const id = rowId(change);
    const earlier = rows.get(id) ?? [];
    rows.set(id, foldInto(earlier, change));
  }
  return toLayers([...rows.values()]);
}

/** SQL has no word for it. */
function changesNothing(change: RowChange): boolean {
  return change.kind === 'patch' && changedColumns(change).length === 0;
}

/** The same for two changes of the same row. Two versions of a projection have tables of one name, but not one table. */
export function rowId({ table, key }: RowChange): string {
  return JSON.stringify([
    getTableName(table.table),
    ...table.definition.key.map((name) => key[name]),
  ]);
}

function foldInto(earlier: RowChange[], change: RowChange): RowChange[] {
  const last = earlier.at(-1);
  return last && canFold(last, change)
    ? [...earlier.slice(0, -1), foldTwo(last, change)]
    : [...earlier, change];
}

/** After an insert or an upsert the row is there, so a patch of it is sure to land. */
function canFold(first: RowChange, second: RowChange): boolean {
  if (first.kind === 'remove' || second.kind === 'remove' || second.kind === 'insert') return false;
  if (first.kind === 'patch' && second.kind === 'upsert') return false;
  return (
    operations.every((operation) =>
      Object.keys(second[operation]).every((name) => canJoin(first, operation, name)),
    ) && Object.keys(second.add).every((name) => isExact(addition(first, second, name)))
  );
}

/** One statement does one thing to a column, and begins a new row with that, not with the column's default as well. */
function canJoin(first: RowChange, operation: Operation, name: string): boolean {
  if (isKnown(first, name) || Object.hasOwn(first[operation], name)) return true;
  if (operations.some((other) => Object.hasOwn(first[other], name))) return false;
  const { defaults } = first.table;
  if (first.kind === 'patch' || !Object.hasOwn(defaults, name)) return true;
  return operation === 'add' && defaults[name] === 0;
}

/** Whether the change alone says what the column holds after it. */
function isKnown({ kind, set }: RowChange, name: string): boolean {
  return kind === 'insert' || Object.hasOwn(set, name);
}

type Operation = 'add' | 'min' | 'max';

const operations: readonly Operation[] = ['add', 'min', 'max'];

function foldTwo(first: RowChange, second: RowChange): RowChange {
  let folded = first;
  for (const [name, value] of Object.entries(second.set)) folded = withSet(folded, name, value);
  for (const name of Object.keys(second.add)) folded = withAddition(folded, second, name);
  for (const [name, value] of Object.entries(second.min)) {
    folded = withOperation(folded, 'min', name, value, smaller);
  }
  for (const [name, value] of Object.entries(second.max)) {
    folded = withOperation(folded, 'max', name, value, larger);
  }
  return folded;
}

interface Addition extends Swing {
  readonly sum: number;
}

/** Two changes' additions to a column as one; or, where the first says what it holds, what it then holds. */
function addition(first: RowChange, second: RowChange, name: string): Addition {
  const start = Number((isKnown(first, name) ? first.set : first.add)[name] ?? 0);
  const before = isKnown(first, name) ? { low: start, high: start } : swingOf(first, name);
  const { low, high } = swingOf(second, name);
  return {
    sum: start + Number(second.add[name]),
    low: Math.min(before.low, start + low),
    high: Math.max(before.high, start + high),
  };
}

/** A value that replaces additions does not undo that one of them may have been refused. */
function swingKept(change: RowChange, name: string): RowChange['swing'] {
  if (!Object.hasOwn(change.add, name)) return change.swing;
  return { ...change.swing, [name]: swingOf(change, name) };
}

/** How far below and above its start a change leads a column, the start included. */
export function swingOf({ add, swing }: RowChange, name: string): Swing {
  return swing[name] ?? swingTo(add[name] ?? 0);
}

function swingTo(sum: number): Swing {
  return { low: Math.min(0, sum), high: Math.max(0, sum) };
}

/** Beyond 2^53 - 1 JavaScript rounds. Additions that meet there stay apart, and the database refuses the second. */
function isExact({ sum, low, high }: Addition): boolean {
  return [sum, low, high].every(Number.isSafeInteger);
}

/** On a value that this batch has set the addition is done now, else it is kept for SQL. */
function withAddition(change: RowChange, second: RowChange, name: string): RowChange {
  const { sum, low, high } = addition(change, second, name);
  if (isKnown(change, name)) return { ...change, set: { ...change.set, [name]: sum } };
  const direct = swingTo(sum);
  const isDirect = low === direct.low && high === direct.high;
  const swing = without(change.swing, name);
  return {
    ...change,
    add: { ...change.add, [name]: sum },
    swing: isDirect ? swing : { ...swing, [name]: { low, high } },
  };
}

function withSet(change: RowChange, name: string, value: StoredValue): RowChange {
  return {
    ...change,
    set: { ...change.set, [name]: value },
    add: without(change.add, name),
    swing: swingKept(change, name),
    min: without(change.min, name),
    max: without(change.max, name),
  };
}

/** On a value this batch has set (or on a fresh row's nothing) the operation is done now, else it is kept for SQL. */
function withOperation(
  change: RowChange,
  operation: 'min' | 'max',
  name: string,
  value: StoredValue,
  combine: Combine,
): RowChange {
  if (isKnown(change, name)) {
    return { ...change, set: { ...change.set, [name]: combine(change.set[name], value) } };
  }
  const held = change[operation];
  const combined = Object.hasOwn(held, name) ? combine(held[name], value) : value;
  return { ...change, [operation]: { ...held, [name]: combined } };
}

function without<Value>(
  values: Readonly<Record<string, Value>>,
  name: string,
): Readonly<Record<string, Value>> {
  if (!Object.hasOwn(values, name)) return values;
  const { [name]: _dropped, ...kept } = values;
  return kept;
}

type Combine = (held: StoredValue | undefined, value: StoredValue) => StoredValue;

function smaller(held: StoredValue | undefined, value: StoredValue): StoredValue {
  return comesBefore(value, held) ? value : (held ?? value);
}

function larger(held: StoredValue | undefined, value: StoredValue): StoredValue {
  return comesBefore(held, value) || held == null ? value : held;
}

export function comesBefore(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return typeof a === 'string' && typeof b === 'string' && textComesBefore(a, b);
}

/** By code point, as SQLite compares texts. JavaScript's own `<` puts an emoji before U+FFFD. */
function textComesBefore(a: string, b: string): boolean {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return (a.codePointAt(index) ?? -1) < (b.codePointAt(index) ?? -1);
}

function toLayers(rows: readonly RowChange[][]): RowChange[][] {
  const depth = rows.reduce((most, changes) => Math.max(most, changes.length), 0);
  return Array.from({ length: depth }, (_, layer) =>
    rows.flatMap((changes) => changes[layer] ?? []),
  );
}
