/** The tables of a build: emptied for a first build, or created with the shape of the live ones. */
import { KnownFault } from '../../../core/failures/known-fault.ts';
import type { Purpose } from '../../../core/plan/generation-states.ts';
import { type Generation, tableSuffix } from '../../../core/plan/projection-version.ts';
import { quoted } from '../row-statements.ts';

export function emptyTables(database: D1Database, { tables }: Generation): D1PreparedStatement[] {
  return tables.map((table) => database.prepare(`DELETE FROM ${quoted(table)}`));
}

/** A table before its indexes. The index of a primary key has no statement. */
const READ_SHAPES = `
  SELECT shape.type, shape.tbl_name AS "table", shape.sql FROM json_each(?) AS wanted
  JOIN sqlite_master AS shape ON shape.tbl_name = wanted.value
  WHERE shape.type IN ('table', 'index') AND shape.sql IS NOT NULL ORDER BY shape.type DESC`;

interface Shape {
  readonly type: 'table' | 'index';
  readonly table: string;
  readonly sql: string;
}

/** Migrations quote names with backticks, SQLite after a rename with double quotes. */
const TABLE_NAME = /^CREATE TABLE\s+[`"]?\w+[`"]?/;
const INDEX_NAME = /^CREATE INDEX\s+[`"]?(\w+)[`"]?\s+ON\s+[`"]?\w+[`"]?/i;

/** @throws Error when a live table is missing, because its migration has not been applied */
export async function createTables(
  database: D1Database,
  { tables, openTables, purpose }: Generation,
): Promise<D1PreparedStatement[]> {
  const { results } = await database.prepare(READ_SHAPES).bind(JSON.stringify(tables)).all<Shape>();
  return tables.flatMap((table) => {
    const shapes = results.filter((shape) => shape.table === table);
    const [own, ...others] = shapes;
    if (own?.type !== 'table') {
      throw new KnownFault(`There is no table ${table}: apply the migrations.`);
    }
    const beside = quoted(table + tableSuffix(purpose));
    // A verification is compared and dropped: nothing queries it, but a subject that is forgotten meanwhile.
    const isFound = purpose === 'rebuild' || openTables.some((open) => open.table === table);
    const indexes = isFound ? others.map(({ sql }) => sql) : [];
    return [
      database.prepare(`DROP TABLE IF EXISTS ${beside}`),
      database.prepare(own.sql.replace(TABLE_NAME, `CREATE TABLE ${beside}`)),
      ...indexes.map((sql) =>
        database.prepare(sql.replace(INDEX_NAME, renamedTo(beside, purpose))),
      ),
    ];
  });
}

/**
 * The names of indexes are one namespace: a rebuild's have a suffix where the live ones have none, or none, and those of
 * a verification another one.
 */
function renamedTo(table: string, purpose: Purpose) {
  return (_head: string, name: string) => {
    if (purpose === 'verify') return `CREATE INDEX ${quoted(`${name}_verified`)} ON ${table}`;
    const other = name.endsWith(REBUILT) ? name.slice(0, -REBUILT.length) : name + REBUILT;
    return `CREATE INDEX ${quoted(other)} ON ${table}`;
  };
}

const REBUILT = '_rebuilt';

/**
 * Drops the tables of a rebuild or verification. Live tables are only emptied, because a migration would not create
 * them again.
 */
export function removeTables(database: D1Database, generation: Generation): D1PreparedStatement[] {
  const { tables, purpose } = generation;
  if (purpose === 'primary') return emptyTables(database, generation);
  return tables.map((table) =>
    database.prepare(`DROP TABLE IF EXISTS ${quoted(table + tableSuffix(purpose))}`),
  );
}
