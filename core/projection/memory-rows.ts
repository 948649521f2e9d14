/** Read models in memory, for tests and the checker: the meaning of a row change without a database. */

import { comesBefore } from '../values/compare-values.ts';
import type { StoredValue } from './cell.ts';
import { rowId, swingOf } from './fold-changes.ts';
import type { RowChange } from './row-change.ts';
import type { StoredValues } from './row-input.ts';
import { cellNamed, type ReadModelTable } from './table.ts';

export type MemoryRow = Readonly<Record<string, unknown>>;

/**
 * As strict as the tables: an existing row cannot be inserted, a sum cannot exceed 2^53 - 1. Rows are held in their
 * stored form and read as queries return them.
 */
export class MemoryRows {
  readonly #rows = new Map<
    string,
    { readonly table: ReadModelTable; readonly row: StoredValues }
  >();

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  /** A table's rows, in the order of their keys. */
  of(table: ReadModelTable): MemoryRow[] {
    const own = [...this.#rows.values()].filter((kept) => kept.table.name === table.name);
    const rows = own.map(({ row }) => row).sort((a, b) => byKey(table, a, b));
    return rows.map((row) => read(table, row));
  }

  #applyOne(change: RowChange): void {
    const id = rowId(change);
    const row = changed(this.#rows.get(id)?.row, change);
    if (row) this.#rows.set(id, { table: change.table, row });
    else this.#rows.delete(id);
  }
}

function read(table: ReadModelTable, row: StoredValues): MemoryRow {
  const cells = Object.entries(row);
  return Object.fromEntries(
    cells.map(([name, stored]) => [name, cellNamed(table, name).decode(stored)]),
  );
}

function changed(row: StoredValues | undefined, change: RowChange): StoredValues | undefined {
  switch (change.kind) {
    case 'insert':
      if (row) throw new Error(`${rowName(change)} is inserted, but it exists.`);
      return freshRow(change);
    case 'upsert':
      return row ? changedRow(row, change) : freshRow(change);
    case 'patch':
      return row && changedRow(row, change);
    case 'remove':
      return undefined;
  }
}

function freshRow({ table, key, set, add, min, max }: RowChange): StoredValues {
  const given: StoredValues = { ...table.defaults, ...key, ...add, ...min, ...max, ...set };
  const names = Object.keys(table.cells);
  return Object.fromEntries(names.map((name) => [name, given[name] ?? null]));
}

function changedRow(row: StoredValues, change: RowChange): StoredValues {
  const { set, add, min, max } = change;
  checkSums(row, change);
  return {
    ...row,
    ...set,
    ...combined(row, add, (held, more) => Number(held ?? 0) + Number(more)),
    ...combined(row, min, (held, value) => (comesBefore(held, value) ? held : value)),
    ...combined(row, max, (held, value) => (comesBefore(value, held) ? held : value)),
  };
}

/** Checks intermediate sums too. */
function checkSums(row: StoredValues, change: RowChange): void {
  for (const name of Object.keys({ ...change.add, ...change.swing })) {
    const { low, high } = swingOf(change, name);
    const sums = [low, high].map((by) => Number(row[name] ?? 0) + by);
    if (sums.every(Number.isSafeInteger)) continue;
    throw new Error(`${cellNamed(change.table, name).place}: a sum beyond 2^53 - 1.`);
  }
}

function combined(
  row: StoredValues,
  changes: StoredValues,
  combine: (held: StoredValue | undefined, value: StoredValue) => StoredValue | undefined,
): StoredValues {
  const cells = Object.entries(changes);
  return Object.fromEntries(
    cells.map(([name, value]) => [name, combine(row[name], value) ?? value]),
  );
}

/** For people: `orders o-1`. */
function rowName({ table, key }: RowChange): string {
  return `${table.name} ${table.definition.key.map((name) => key[name]).join(',')}`;
}

function byKey({ definition }: ReadModelTable, a: StoredValues, b: StoredValues): number {
  for (const name of definition.key) {
    if (comesBefore(a[name], b[name])) return -1;
    if (comesBefore(b[name], a[name])) return 1;
  }
  return 0;
}
