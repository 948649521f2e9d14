/** The tables of a build: emptied for a first build, or created with the shape of the live ones. */
import { KnownFault } from '../../../core/failures/known-fault.ts';
import { type Generation, tableSuffix } from '../../../core/plan/projection-version.ts';
import { quoted } from '../row-statements.ts';

export function emptyTables(database: D1Database, { tables }: Generation): D1PreparedStatement[] {
  return tables.map((table) => database.prepare(`DELETE FROM ${quoted(table)}`));
}

const READ_SHAPES = `
  SELECT shape.name, shape.sql FROM json_each(?) AS wanted
  JOIN sqlite_master AS shape ON shape.name = wanted.value AND shape.type = 'table'`;

/** Migrations quote names with backticks, SQLite after a rename with double quotes. */
const TABLE_NAME = /^CREATE TABLE\s+[`"]?\w+[`"]?/;

/** @throws Error when a live table is missing, because its migration has not been applied */
export async function createTables(
  database: D1Database,
  { tables, purpose }: Generation,
): Promise<D1PreparedStatement[]> {
  const { results } = await database
    .prepare(READ_SHAPES)
    .bind(JSON.stringify(tables))
    .all<{ name: string; sql: string }>();
  return tables.flatMap((table) => {
    const shape = results.find(({ name }) => name === table)?.sql;
    if (!shape) throw new KnownFault(`There is no table ${table}: apply the migrations.`);
    const beside = quoted(table + tableSuffix(purpose));
    return [
      database.prepare(`DROP TABLE IF EXISTS ${beside}`),
      database.prepare(shape.replace(TABLE_NAME, `CREATE TABLE ${beside}`)),
    ];
  });
}

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
