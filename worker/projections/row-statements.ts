/**
 * Turns row changes into SQL: changes of the same shape become one statement over `json_each`, whatever their number.
 * Names come from the table definitions alone; every value is bound.
 */
import { getTableName } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { TenantRowChange } from '../../core/plan/plan-batch.ts';
import { type Subscriber, tablesOf } from '../../core/plan/projection-version.ts';
import type { RowChange } from '../../core/projection/row-change.ts';
import { columnNamed, type ReadModelTable } from '../../core/projection/table.ts';

/** A statement and its rows, as arrays of column values. */
export interface SetStatement {
  readonly sql: string;
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * One statement per shape: the table, the kind, and the columns by operation. `suffix` selects the tables of a rebuild
 * or verification instead of the live ones.
 */
export function rowStatements(layer: readonly TenantRowChange[], suffix = ''): SetStatement[] {
  const shapes = Map.groupBy(layer, ({ change }) => shapeOf(change));
  const writes = [...shapes.values()].map(([first, ...others]) => {
    if (!first) throw new Error('A shape has at least one change.');
    const columns = writtenColumns(first.change);
    const rows = [first, ...others].map((change) => values(change, columns));
    return { sql: statementFor(first.change, columns, suffix), rows };
  });
  return [...swingGuards(layer, suffix), ...writes];
}

type Operation = 'key' | 'set' | 'add' | 'min' | 'max' | 'default';

interface WrittenColumn {
  readonly operation: Operation;
  readonly name: string;
  /** `orders.netCents`. */
  readonly place: string;
  readonly column: SQLiteColumn;
}

/** The columns by operation; table and kind determine the others. */
function shapeOf({ table, kind, set, add, min, max }: RowChange): string {
  const names = [set, add, min, max].map((values) => Object.keys(values).sort());
  return JSON.stringify([physicalName(table), kind, ...names]);
}

/** In a fixed order, so that equal shapes have equal statements. */
function writtenColumns(change: RowChange): WrittenColumn[] {
  const { table, set, add, min, max } = change;
  const named = (operation: Operation, names: readonly string[]) =>
    names.map((name) => {
      const place = `${table.name}.${name}`;
      return { operation, name, place, column: columnNamed(table.columns, name) };
    });
  return [
    ...named('key', ['tenant', ...table.definition.key]),
    ...named('set', Object.keys(set).sort()),
    ...named('add', Object.keys(add).sort()),
    ...named('min', Object.keys(min).sort()),
    ...named('max', Object.keys(max).sort()),
    ...named('default', change.kind === 'upsert' ? defaultedColumns(change) : []),
  ];
}

/**
 * The columns that an upsert leaves to defaults. Defaults are written as values, because the DEFAULT in a migration of
 * another tool may differ, for dates for example.
 */
function defaultedColumns({ table, set, add, min, max }: RowChange): string[] {
  const named = { ...set, ...add, ...min, ...max };
  return Object.keys(table.defaults).filter((name) => !Object.hasOwn(named, name));
}

function values({ tenant, change }: TenantRowChange, columns: readonly WrittenColumn[]): unknown[] {
  return columns.map(({ operation, name }) => {
    if (operation === 'key' && name === 'tenant') return tenant;
    const stored = operation === 'default' ? change.table.defaults : change[operation];
    return stored[name] ?? null;
  });
}

function statementFor(
  change: RowChange,
  columns: readonly WrittenColumn[],
  suffix: string,
): string {
  const table = quoted(`${physicalName(change.table)}${suffix}`);
  switch (change.kind) {
    case 'insert':
      return insert(table, columns);
    case 'upsert':
      return `${insert(table, columns)}${onConflict(table, columns)}`;
    case 'patch':
      return update(table, columns);
    case 'remove':
      return remove(table, columns);
  }
}

function insert(table: string, columns: readonly WrittenColumn[]): string {
  const names = columns.map(({ column }) => quoted(column.name));
  return `INSERT INTO ${table} (${names.join(', ')}) SELECT ${extracted(columns)} FROM json_each(?) WHERE true`;
}

function onConflict(table: string, columns: readonly WrittenColumn[]): string {
  const key = columns.filter(isKey).map(({ column }) => quoted(column.name));
  const changes = columns
    .filter((column) => !isKey(column) && column.operation !== 'default')
    .map((written) => {
      const name = quoted(written.column.name);
      return `${name} = ${changed(written, `${table}.${name}`, `excluded.${name}`)}`;
    });
  const action = changes.length === 0 ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`;
  return ` ON CONFLICT (${key.join(', ')}) DO ${action}`;
}

function update(table: string, columns: readonly WrittenColumn[]): string {
  const own = (column: SQLiteColumn) => `${table}.${quoted(column.name)}`;
  const given = columns.map((_column, index) => `value ->> ${index} AS v${index}`).join(', ');
  const changes = columns.flatMap((written, index) => {
    if (isKey(written)) return [];
    const { column } = written;
    return [`${quoted(column.name)} = ${changed(written, own(column), `given.v${index}`)}`];
  });
  const matches = columns.flatMap((written, index) =>
    isKey(written) ? [`${own(written.column)} = given.v${index}`] : [],
  );
  return `UPDATE ${table} SET ${changes.join(', ')} FROM (SELECT ${given} FROM json_each(?)) AS given WHERE ${matches.join(' AND ')}`;
}

function remove(table: string, columns: readonly WrittenColumn[]): string {
  const key = columns.filter(isKey);
  const names = key.map(({ column }) => quoted(column.name)).join(', ');
  return `DELETE FROM ${table} WHERE (${names}) IN (SELECT ${extracted(key)} FROM json_each(?))`;
}

/**
 * The new value of a column, from its current value and the change. NULL counts as 0 in sums and is replaced by any
 * value.
 */
function changed({ operation, place }: WrittenColumn, held: string, given: string): string {
  switch (operation) {
    case 'add':
      return guardedSum(place, held, given);
    case 'min':
    case 'max':
      return `${operation}(coalesce(${held}, ${given}), ${given})`;
    default:
      return given;
  }
}

function isKey({ operation }: WrittenColumn): boolean {
  return operation === 'key';
}

function extracted(columns: readonly WrittenColumn[]): string {
  return columns.map((_column, index) => `value ->> ${index}`).join(', ');
}

export function physicalName(table: ReadModelTable): string {
  return getTableName(table.table);
}

/**
 * A sum within JavaScript's safe integers, else an SQLite error that names the column. NOT NULL would guard only
 * columns that have it; an invalid JSON path fails for any column.
 */
function guardedSum(place: string, held: string, given: string): string {
  const sum = `coalesce(${held}, 0) + ${given}`;
  return `CASE WHEN ${isExact(sum)} THEN ${sum} ELSE ${refusal(place)} END`;
}

function isExact(sum: string): string {
  return `${sum} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
}

/** `core/failures/platform-error` recognizes this text. */
function refusal(place: string): string {
  return `json_extract('{}', '${place.replaceAll("'", "''")}: a sum beyond 2^53 - 1')`;
}

/**
 * For folded additions whose intermediate sums exceed their total: applied one by one, one of them could have been
 * refused. A statement before the writes checks the lowest and the highest sum against the stored value.
 */
function swingGuards(layer: readonly TenantRowChange[], suffix: string): SetStatement[] {
  const swinging = layer.filter(({ change }) => Object.keys(change.swing).length > 0);
  const shapes = Map.groupBy(swinging, ({ change }) => swingShape(change));
  return [...shapes.values()].flatMap((changes) => {
    const [first] = changes;
    return first ? [{ sql: swingGuard(first.change, suffix), rows: changes.map(swingRow) }] : [];
  });
}

function swingShape({ table, swing }: RowChange): string {
  return [physicalName(table), ...Object.keys(swing).sort()].join(' ');
}

/** The key, then two numbers for each column. */
function swingRow({ tenant, change }: TenantRowChange): unknown[] {
  const { table, key, swing } = change;
  const bounds = Object.entries(swing).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    tenant,
    ...table.definition.key.map((name) => key[name]),
    ...bounds.flatMap(([, { low, high }]) => [low, high]),
  ];
}

function swingGuard({ table, swing }: RowChange, suffix: string): string {
  const key = ['tenant', ...table.definition.key];
  const own = (name: string) => `own.${quoted(columnNamed(table.columns, name).name)}`;
  const matches = key.map((name, index) => `${own(name)} = step.value ->> ${index}`);
  const steps = Object.keys(swing)
    .sort()
    .map((name, index) => {
      const sumWith = (at: number) => `coalesce(${own(name)}, 0) + (step.value ->> ${at})`;
      const low = key.length + 2 * index;
      const isHeld = `${isExact(sumWith(low))} AND ${isExact(sumWith(low + 1))}`;
      return `max(CASE WHEN ${isHeld} THEN 0 ELSE ${refusal(`${table.name}.${name}`)} END)`;
    });
  const target = quoted(`${physicalName(table)}${suffix}`);
  return `SELECT ${steps.join(', ')} FROM json_each(?) AS step CROSS JOIN ${target} AS own ON ${matches.join(' AND ')}`;
}

/** The names of its tables in the database. */
export function physicalTables(follower: Subscriber): string[] {
  return tablesOf(follower).map(physicalName);
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
