import { comesBefore, type RowChange, rowId } from './row-change.ts';
import type { ReadModelTable } from './table.ts';

export type MemoryRow = Readonly<Record<string, unknown>>;

/**
 * Read models in memory: what a row change means, without a database. As strict as the tables are: a row that exists
 * cannot be inserted, a column that cannot be null needs a value.
 */
export class MemoryRows {
  readonly #rows = new Map<string, { readonly table: ReadModelTable; readonly row: MemoryRow }>();

  apply(changes: readonly RowChange[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  /** A table's rows, in the order of their keys. */
  of(table: ReadModelTable): MemoryRow[] {
    const own = [...this.#rows.values()].filter((kept) => kept.table.name === table.name);
    return own.map(({ row }) => row).sort((a, b) => byKey(table, a, b));
  }

  #applyOne(change: RowChange): void {
    const id = rowId(change);
    const row = changed(this.#rows.get(id)?.row, change);
    if (row) this.#rows.set(id, { table: change.table, row });
    else this.#rows.delete(id);
  }
}

function changed(row: MemoryRow | undefined, change: RowChange): MemoryRow | undefined {
  switch (change.kind) {
    case 'insert':
      if (row) throw new Error(`${rowName(change)} is inserted, but it exists.`);
      return freshRow(change);
    case 'upsert': {
      // SQL checks the new row's columns even where the row exists.
      const fresh = freshRow(change);
      return row ? changedRow(row, change) : fresh;
    }
    case 'patch':
      return row && changedRow(row, change);
    case 'remove':
      return undefined;
  }
}

function freshRow(change: RowChange): MemoryRow {
  const { table, key, set, add, min, max } = change;
  const given: MemoryRow = { ...table.defaults, ...key, ...add, ...min, ...max, ...set };
  const names = Object.keys(table.definition.columns);
  return complete(change, Object.fromEntries(names.map((name) => [name, given[name] ?? null])));
}

function changedRow(row: MemoryRow, change: RowChange): MemoryRow {
  const { set, add, min, max } = change;
  return complete(change, {
    ...row,
    ...set,
    ...combined(row, add, (held, more) => Number(held ?? 0) + Number(more)),
    ...combined(row, min, (held, value) => (comesBefore(held, value) ? held : value)),
    ...combined(row, max, (held, value) => (comesBefore(value, held) ? held : value)),
  });
}

function combined(
  row: MemoryRow,
  changes: MemoryRow,
  combine: (held: unknown, value: unknown) => unknown,
): MemoryRow {
  const cells = Object.entries(changes);
  return Object.fromEntries(cells.map(([name, value]) => [name, combine(row[name], value)]));
}

function complete(change: RowChange, row: MemoryRow): MemoryRow {
  for (const [name, value] of Object.entries(row)) {
    if (value === null && change.table.columns[name]?.notNull) {
      throw new Error(`${rowName(change)} has nothing in ${name}, which cannot be null.`);
    }
  }
  return row;
}

/** For people: `orders o-1`. */
function rowName({ table, key }: RowChange): string {
  return `${table.name} ${table.definition.key.map((name) => key[name]).join(',')}`;
}

function byKey({ definition }: ReadModelTable, a: MemoryRow, b: MemoryRow): number {
  for (const name of definition.key) {
    if (comesBefore(a[name], b[name])) return -1;
    if (comesBefore(b[name], a[name])) return 1;
  }
  return 0;
}
