/**
 * Row changes: a handler's changes of rows, as data. They are checked and encoded when they are made, within the
 * handler's call.
 */
import { kindOf } from './cell.ts';
import { checkOpenCells } from './open-change.ts';
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

/** A change of one row, as data: the runner turns many of them into one statement. Values are stored forms. */
export interface RowChange extends StoredChanges {
  readonly table: ReadModelTable;
  readonly kind: 'insert' | 'upsert' | 'patch' | 'remove';
  readonly key: StoredValues;
  /** The range of intermediate sums of folded additions, by column; left out if it is within 0 and their sum. */
  readonly swing: Readonly<Record<string, Swing>>;
}

/** The lowest and the highest of 0 and the intermediate sums. */
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

/** The operations on columns. A column has one operation at a time. */
export interface ColumnChanges<Cols extends Columns, Key extends string> {
  readonly set?: string extends keyof Cols ? Partial<Row<Cols>> : Partial<Omit<Row<Cols>, Key>>;
  readonly add?: SomeOf<Cols, Growing<Cols, Key>, 'this table has no integer() column that grows'>;
  readonly min?: SomeOf<Cols, Ordered<Cols, Key>, 'this table has no column with a smallest value'>;
  readonly max?: SomeOf<Cols, Ordered<Cols, Key>, 'this table has no column with a largest value'>;
}

/** A mapped type over no columns would accept anything. */
type SomeOf<Cols, Changes, Fault> = string extends keyof Cols
  ? Readonly<Record<string, unknown>>
  : [keyof Changes] extends [never]
    ? Fault
    : Changes;

/**
 * A table as handlers get it. A row that several streams change takes only `upsert` with operations whose order does
 * not matter (`add`, `min`, `max`), so that a rebuild, which reads the streams in another order, has the same result.
 * An invalid value (another column, another type, a fraction in an integer column, NaN, a lone surrogate) throws an
 * Error with the column's name, and the event is parked for this projection. So is an event whose `add` leads to a sum
 * beyond 2^53 - 1.
 */
export interface RowChanges<Cols extends Columns, Key extends string> {
  /** Inserts a new row. An existing row is an error. */
  insert<Given extends NewRow<Cols>>(row: Given & RowFault<Given, Cols>): RowChange;
  /** Changes the row, or inserts it if it is missing: so it must name every column that cannot be null. */
  upsert<Given extends ColumnChanges<Cols, Key>>(
    key: Pick<Row<Cols>, Key & keyof Cols>,
    changes: Given & ChangeFault<Given, ColumnChanges<Cols, Key>> & UpsertFault<Given, Cols, Key>,
  ): RowChange;
  /** Changes the row if it exists. */
  patch<Given extends ColumnChanges<Cols, Key>>(
    key: Pick<Row<Cols>, Key & keyof Cols>,
    changes: Given & ChangeFault<Given, ColumnChanges<Cols, Key>>,
  ): RowChange;
  remove(key: Pick<Row<Cols>, Key & keyof Cols>): RowChange;
  /**
   * Always throws: a handler cannot read rows, so that the same events lead to the same rows in any batches.
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
    insert: (row) => {
      const cells = insertedCells(table, row);
      checkOpenCells(table, { ...cells, isNew: true });
      return new CheckedChange(table, 'insert', cells);
    },
    upsert: (key, changes) => {
      const changed = changedCells(table, changes);
      const row = { key: keyCells(table, key), ...changed };
      const named = [...Object.keys(row.key), ...changedColumns(changed)];
      checkNewRow(table, 'an upsert', (name) => named.includes(name));
      checkOpenCells(table, { ...row, isNew: false });
      return new CheckedChange(table, 'upsert', row);
    },
    patch: (key, changes) => {
      const row = { key: keyCells(table, key), ...changedCells(table, changes) };
      checkOpenCells(table, { ...row, isNew: false });
      return new CheckedChange(table, 'patch', row);
    },
    remove: (key) => new CheckedChange(table, 'remove', { key: keyCells(table, key) }),
    get: () => {
      throw new Error(
        `${table.name} has no get: a handler reads no rows. Let the event carry what it needs, or add it up with upsert.`,
      );
    },
  };
}

const nothing = Object.freeze({});

/** Made by a table's methods alone, and frozen, so that it stays as checked. A copy is not accepted as a change. */
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
 * The row changes that a handler returned: one or an array, made by its own tables.
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
