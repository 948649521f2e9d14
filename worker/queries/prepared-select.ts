/** A drizzle select as one statement for D1, and the rows of its result as drizzle types them. */

import { is, mapResultRow, orderSelectedFields, type SQL } from 'drizzle-orm';
import {
  QueryBuilder,
  type SQLiteColumn,
  SQLiteSelectBase,
  SQLiteSyncDialect,
  type SQLiteTable,
} from 'drizzle-orm/sqlite-core';
import type { Select, SelectBuilder } from '../../core/projection/projection-query.ts';
import { withinBoundValues } from './bound-values.ts';

type Cells = Readonly<Record<string, unknown>>;

// drizzle exports both and leaves them out of its types. They come without its driver of D1, which brings the builders
// of writes along.
declare module 'drizzle-orm/utils' {
  /** The fields of a select in the order of its columns, also of joined tables. */
  export function orderSelectedFields(fields: object): readonly object[];
  /** `found`: of each joined table, whether every row has one of its rows. */
  export function mapResultRow(
    fields: readonly object[],
    cells: readonly unknown[],
    found: unknown,
  ): Cells;
}

/** Builds selects and runs none: the same builders as a database's, whose types add only what runs them. */
export const selecting = new QueryBuilder() as unknown as SelectBuilder;

const dialect = new SQLiteSyncDialect();

export interface PreparedSelect {
  readonly sql: string;
  /** The names of its columns, in order. */
  readonly names: readonly string[];
  readonly params: readonly unknown[];
  /** A row from its cells, which D1 returns by the names of the columns. */
  readonly rowOf: (cells: Cells) => Cells;
}

/**
 * D1 returns cells by name: two columns of the same name, as in a join, would be merged. So each column gets a unique
 * name.
 */
export function prepareSelect(select: Select, rowsMax?: number): PreparedSelect {
  if (!is(select, SQLiteSelectBase)) throw new Error('A query is a drizzle select.');
  const fields = orderSelectedFields(select._.config.fields);
  const found: unknown = Reflect.get(select, 'joinsNotNullableMap');
  const names = fields.map((_, index) => `c${index}`);
  const { sql, params } = withinBoundValues(select.toSQL());
  return {
    sql:
      rowsMax === undefined
        ? sql
        : `WITH whole(${names}) AS (${sql}) SELECT ${names} FROM whole LIMIT ${rowsMax}`,
    params,
    names,
    rowOf: (cells) =>
      mapResultRow(
        fields,
        names.map((name) => cells[name]),
        found,
      ),
  };
}

/**
 * Makes selects of one table that differ in what follows its name. What comes before is made once: it takes most of the
 * time, and a read model has the same columns in every query.
 */
export function selectsOf(
  columns: Readonly<Record<string, SQLiteColumn | SQL>>,
  table: SQLiteTable,
): (rest: SQL) => PreparedSelect {
  const { sql: beginning, names, rowOf } = prepareSelect(selecting.select(columns).from(table));
  return (rest) => {
    const { sql: end, params } = dialect.sqlToQuery(rest);
    return { ...withinBoundValues({ sql: `${beginning} ${end}`, params }), names, rowOf };
  };
}
