/**
 * The CREATE TABLE statement of a drizzle table and the indexes of a read model, as one text for one definition: what is
 * released is compared with it.
 * Refuses what a read model cannot keep, so that no declaration is dropped in silence.
 */
import { is, SQL } from 'drizzle-orm';
import {
  getTableConfig,
  type SQLiteColumn,
  SQLiteSyncDialect,
  type SQLiteTable,
} from 'drizzle-orm/sqlite-core';
import { indexedTenant } from '../core/projection/read-path.ts';
import { columnNamed, type ReadModelTable } from '../core/projection/table.ts';

/** The statements of a read model's table: itself, then its indexes. */
export function createReadModel({ table, definition, columns }: ReadModelTable): string {
  const { name } = getTableConfig(table);
  const indexes = definition.indexes.map((index) => {
    const named = index.map((column) => columnNamed(columns, column));
    const label = [name, 'by', ...named.map((column) => column.name)].join('_');
    const parts = [indexedTenant(named, '`tenant`'), ...named.map(quoted)];
    return `CREATE INDEX ${identifier(label)} ON ${identifier(name)} (${parts.join(', ')});`;
  });
  return [createTable(table), ...indexes].join('\n');
}

/** @throws Error for indexes, unique and check constraints, foreign keys and generated columns */
export function createTable(table: SQLiteTable): string {
  const { name, columns, primaryKeys, ...others } = getTableConfig(table);
  const { indexes, foreignKeys, checks, uniqueConstraints } = others;
  const hasMore = [indexes, foreignKeys, checks, uniqueConstraints].some((list) => list.length > 0);
  const odd = columns.find((column) => column.isUnique || column.generated !== undefined);
  if (hasMore || odd) {
    throw new Error(
      `Table ${name} has more than columns with defaults and a primary key: Ledge makes no indexes, unique or check constraints, foreign keys or generated columns.`,
    );
  }
  const lines = [
    ...columns.map(columnDefinition),
    ...primaryKeys.map((key) => `PRIMARY KEY(${key.columns.map(quoted).join(', ')})`),
  ];
  const body = lines.map((line) => `  ${line}`).join(',\n');
  // Without a rowid where that saves a second row written for every insert. An INTEGER PRIMARY KEY is the rowid.
  const ending = columns.some((column) => column.primary) ? '' : ' WITHOUT ROWID';
  return `CREATE TABLE ${identifier(name)} (\n${body}\n)${ending};`;
}

function columnDefinition(column: SQLiteColumn): string {
  return [
    `${quoted(column)} ${column.getSQLType()}`,
    ...(column.primary ? ['PRIMARY KEY'] : []),
    ...(column.default === undefined ? [] : [`DEFAULT ${defaultText(column)}`]),
    ...(column.notNull ? ['NOT NULL'] : []),
  ].join(' ');
}

/** A default is stored like any value of its column, a Date as a number and an object as JSON. */
function defaultText(column: SQLiteColumn): string {
  const value: unknown = column.default;
  if (is(value, SQL)) return new SQLiteSyncDialect().sqlToQuery(value.inlineParams()).sql;
  return typeof value === 'boolean' ? String(value) : literal(column.mapToDriverValue(value));
}

function literal(stored: unknown): string {
  if (stored === null) return 'NULL';
  if (stored instanceof Uint8Array) return `X'${Buffer.from(stored).toString('hex')}'`;
  const isPlain = typeof stored === 'number' || typeof stored === 'bigint';
  return isPlain ? String(stored) : `'${String(stored).replaceAll("'", "''")}'`;
}

function quoted({ name }: SQLiteColumn): string {
  return identifier(name);
}

function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
