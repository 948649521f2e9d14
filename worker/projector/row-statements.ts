/**
 * Turns row changes into SQL: changes of the same shape become one statement over `json_each`, whatever their number.
 * Names come from the table definitions alone; every value is bound.
 */
import { getTableName } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import type { TenantRowChange } from '../../core/advance.ts';
import type { RowChange } from '../../core/row-change.ts';
import { columnNamed, type ReadModelTable } from '../../core/table.ts';

/** A statement and the rows it takes, as arrays of column values. */
export interface SetStatement {
  readonly sql: string;
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * One statement for each shape that occurs: table, kind, and which columns are set, added to, kept small or large.
 * `suffix` aims them at tables of the same shape beside the live ones.
 */
export function rowStatements(layer: readonly TenantRowChange[], suffix = ''): SetStatement[] {
  const shapes = Map.groupBy(layer, ({ change }) => shapeOf(change));
  return [...shapes.values()].map(([first, ...others]) => {
    if (!first) throw new Error('A shape has at least one change.');
    const columns = writtenColumns(first.change);
    const rows = [first, ...others].map((change) => values(change, columns));
    return { sql: statementFor(first.change, columns, suffix), rows };
  });
}

type Operation = 'key' | 'set' | 'add' | 'min' | 'max';

interface WrittenColumn {
  readonly operation: Operation;
  readonly name: string;
  readonly column: SQLiteColumn;
}

function shapeOf(change: RowChange): string {
  const names = writtenColumns(change).map(({ operation, name }) => `${operation}:${name}`);
  return [physicalName(change.table), change.kind, ...names].join(' ');
}

/** In a fixed order, so that equal shapes have equal statements. */
function writtenColumns({ table, set, add, min, max }: RowChange): WrittenColumn[] {
  const named = (operation: Operation, names: readonly string[]) =>
    names.map((name) => ({ operation, name, column: columnNamed(table.columns, name) }));
  return [
    ...named('key', ['tenant', ...table.definition.key]),
    ...named('set', Object.keys(set).sort()),
    ...named('add', Object.keys(add).sort()),
    ...named('min', Object.keys(min).sort()),
    ...named('max', Object.keys(max).sort()),
  ];
}

function values({ tenant, change }: TenantRowChange, columns: readonly WrittenColumn[]): unknown[] {
  const key: Readonly<Record<string, unknown>> = { ...change.key, tenant };
  return columns.map(({ operation, name, column }) => {
    const value = operation === 'key' ? key[name] : change[operation][name];
    return value == null ? null : column.mapToDriverValue(value);
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
    .filter((column) => !isKey(column))
    .map(({ operation, column }) => {
      const name = quoted(column.name);
      return `${name} = ${changed(operation, `${table}.${name}`, `excluded.${name}`)}`;
    });
  const action = changes.length === 0 ? 'NOTHING' : `UPDATE SET ${changes.join(', ')}`;
  return ` ON CONFLICT (${key.join(', ')}) DO ${action}`;
}

function update(table: string, columns: readonly WrittenColumn[]): string {
  const own = (column: SQLiteColumn) => `${table}.${quoted(column.name)}`;
  const given = columns.map((_column, index) => `value ->> ${index} AS v${index}`).join(', ');
  const changes = columns.flatMap((written, index) => {
    if (isKey(written)) return [];
    const { operation, column } = written;
    return [`${quoted(column.name)} = ${changed(operation, own(column), `given.v${index}`)}`];
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

/** What a column becomes, given what it holds and what the change brings. Nothing counts as 0, and yields to anything. */
function changed(operation: Operation, held: string, given: string): string {
  switch (operation) {
    case 'add':
      return `coalesce(${held}, 0) + ${given}`;
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

/** How the database calls a projection's tables. */
export function physicalTables({ tables }: { tables: readonly ReadModelTable[] }): string[] {
  return tables.map(physicalName);
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
