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

type NumericColumn<Cols extends Columns> = {
  [Name in keyof Cols]: Cols[Name]['_']['data'] extends number ? Name : never;
}[keyof Cols];

export interface ColumnChanges<Cols extends Columns, Key extends string> {
  readonly set?: Partial<Omit<Row<Cols>, Key>>;
  readonly add?: { readonly [Name in Exclude<NumericColumn<Cols>, Key>]?: number };
  readonly min?: Partial<Omit<Row<Cols>, Key>>;
  readonly max?: Partial<Omit<Row<Cols>, Key>>;
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
    upsert: (key, changes) => ({ ...noChange, ...changes, table, kind: 'upsert', key }),
    patch: (key, changes) => ({ ...noChange, ...changes, table, kind: 'patch', key }),
    remove: (key) => ({ ...noChange, table, kind: 'remove', key }),
  };
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
    const id = rowId(change);
    const earlier = rows.get(id) ?? [];
    rows.set(id, foldInto(earlier, change));
  }
  return toLayers([...rows.values()]);
}

function rowId({ table, key }: RowChange): string {
  return JSON.stringify([table.name, ...table.definition.key.map((name) => key[name])]);
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
  return first.kind !== 'patch' || second.kind === 'patch';
}

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

type Operation = 'add' | 'min' | 'max';

/** On a value this batch has set (or on a fresh row's nothing) the operation is done now, else it is kept for SQL. */
function withOperation(
  change: RowChange,
  operation: Operation,
  name: string,
  value: unknown,
  combine: (held: unknown, value: unknown) => unknown,
): RowChange {
  if (change.kind === 'insert' || name in change.set) {
    return { ...change, set: { ...change.set, [name]: combine(change.set[name], value) } };
  }
  const held = change[operation];
  const combined = name in held ? combine(held[name], value) : value;
  return { ...change, [operation]: { ...held, [name]: combined } };
}

function without(values: Values, name: string): Values {
  if (!(name in values)) return values;
  const { [name]: _dropped, ...kept } = values;
  return kept;
}

function smaller(held: unknown, value: unknown): unknown {
  return comesBefore(value, held) ? value : (held ?? value);
}

function larger(held: unknown, value: unknown): unknown {
  return comesBefore(held, value) || held == null ? value : held;
}

function comesBefore(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return typeof a === 'string' && typeof b === 'string' && a < b;
}

function toLayers(rows: readonly RowChange[][]): RowChange[][] {
  const depth = rows.reduce((most, changes) => Math.max(most, changes.length), 0);
  return Array.from({ length: depth }, (_, layer) =>
    rows.flatMap((changes) => changes[layer] ?? []),
  );
}
