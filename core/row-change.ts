import { getTableName } from 'drizzle-orm';
import type { Columns, NewRow, ReadModelTable, Row } from './table.ts';

type Values = Readonly<Record<string, unknown>>;

/** What a handler wants of one row, as data: the runner turns many of them into one statement. */
export interface RowChange {
  readonly table: ReadModelTable;
  readonly kind: 'insert' | 'upsert' | 'patch' | 'remove';
  readonly key: Values;
  /** Columns that get this value. */
  readonly set: Values;
  /** Columns that grow by this number; nothing counts as 0. */
  readonly add: Values;
  /** Columns that keep the smaller, and the larger, of what they hold and this; nothing yields to it. */
  readonly min: Values;
  readonly max: Values;
}

type ColumnOf<Cols extends Columns, Data> = {
  [Name in keyof Cols]: Cols[Name]['_']['data'] extends Data ? Name : never;
}[keyof Cols];

/** How columns change. A column changes in one way at a time. */
export interface ColumnChanges<Cols extends Columns, Key extends string> {
  readonly set?: Partial<Omit<Row<Cols>, Key>>;
  readonly add?: { readonly [Name in Exclude<ColumnOf<Cols, number>, Key>]?: number };
  readonly min?: Partial<Pick<Row<Cols>, Exclude<ColumnOf<Cols, number | string>, Key>>>;
  readonly max?: Partial<Pick<Row<Cols>, Exclude<ColumnOf<Cols, number | string>, Key>>>;
}

/**
 * A table as handlers see it. A row that several streams feed takes only `upsert` with changes whose order does
 * not matter (`add`, `min`, `max`), so that a rebuild, which meets the streams in another order, ends the same.
 */
export interface RowChanges<Cols extends Columns, Key extends string> {
  /** A new row. That it exists already is an error. */
  insert(row: NewRow<Cols>): RowChange;
  /** Changes the row, and makes it where it is missing: so it must name every column that cannot be null. */
  upsert(key: Pick<Row<Cols>, Key & keyof Cols>, changes: ColumnChanges<Cols, Key>): RowChange;
  /** Changes the row where it exists. */
  patch(key: Pick<Row<Cols>, Key & keyof Cols>, changes: ColumnChanges<Cols, Key>): RowChange;
  remove(key: Pick<Row<Cols>, Key & keyof Cols>): RowChange;
}

const nothing: Values = {};
const noChange = { set: nothing, add: nothing, min: nothing, max: nothing };

export function rowChanges<Cols extends Columns, Key extends string>(
  table: ReadModelTable,
): RowChanges<Cols, Key> {
  return {
    insert: (row) => ({ ...noChange, table, kind: 'insert', ...splitKey(table, row) }),
    upsert: (key, changes) => checked({ ...noChange, ...changes, table, kind: 'upsert', key }),
    patch: (key, changes) => checked({ ...noChange, ...changes, table, kind: 'patch', key }),
    remove: (key) => ({ ...noChange, table, kind: 'remove', key }),
  };
}

/** What SQL would refuse, or take only half of, depending on what else is in the batch: refused here, always. */
function checked(change: RowChange): RowChange {
  const { table, kind } = change;
  const names = changedColumns(change);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`${table.name}: ${twice} is changed in two ways at once.`);
  if (kind === 'patch') return change;
  const missing = neededColumns(table).find((name) => !names.includes(name));
  if (missing) throw new Error(`${table.name}: an upsert needs ${missing}, which cannot be null.`);
  return change;
}

function changedColumns({ set, add, min, max }: RowChange): string[] {
  return [set, add, min, max].flatMap((values) => Object.keys(values));
}

/** The columns that a new row cannot do without. */
function neededColumns({ definition, columns, defaults }: ReadModelTable): string[] {
  return Object.keys(definition.columns).filter(
    (name) =>
      columns[name]?.notNull && !definition.key.includes(name) && !Object.hasOwn(defaults, name),
  );
}

/** Defaults are filled in here, so that what is folded onto the fresh row starts from them. */
function splitKey(table: ReadModelTable, row: Values): Pick<RowChange, 'key' | 'set'> {
  const isKey = ([name]: [string, unknown]) => table.definition.key.includes(name);
  const cells = Object.entries({ ...table.defaults, ...row });
  return {
    key: Object.fromEntries(cells.filter(isKey)),
    set: Object.fromEntries(cells.filter((cell) => !isKey(cell))),
  };
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
  return operations.every((operation) =>
    Object.keys(second[operation]).every((name) => canJoin(first, operation, name)),
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
  for (const [name, value] of Object.entries(second.add)) {
    folded = withOperation(
      folded,
      'add',
      name,
      value,
      (held, more) => Number(held ?? 0) + Number(more),
    );
  }
  for (const [name, value] of Object.entries(second.min)) {
    folded = withOperation(folded, 'min', name, value, smaller);
  }
  for (const [name, value] of Object.entries(second.max)) {
    folded = withOperation(folded, 'max', name, value, larger);
  }
  return folded;
}

function withSet(change: RowChange, name: string, value: unknown): RowChange {
  return {
    ...change,
    set: { ...change.set, [name]: value },
    add: without(change.add, name),
    min: without(change.min, name),
    max: without(change.max, name),
  };
}

/** On a value this batch has set (or on a fresh row's nothing) the operation is done now, else it is kept for SQL. */
function withOperation(
  change: RowChange,
  operation: Operation,
  name: string,
  value: unknown,
  combine: (held: unknown, value: unknown) => unknown,
): RowChange {
  if (isKnown(change, name)) {
    return { ...change, set: { ...change.set, [name]: combine(change.set[name], value) } };
  }
  const held = change[operation];
  const combined = Object.hasOwn(held, name) ? combine(held[name], value) : value;
  return { ...change, [operation]: { ...held, [name]: combined } };
}

function without(values: Values, name: string): Values {
  if (!Object.hasOwn(values, name)) return values;
  const { [name]: _dropped, ...kept } = values;
  return kept;
}

function smaller(held: unknown, value: unknown): unknown {
  return comesBefore(value, held) ? value : (held ?? value);
}

function larger(held: unknown, value: unknown): unknown {
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
