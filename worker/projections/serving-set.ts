/** Reads the serving set from D1: all generations with their states, and those that serve. */
import type { Generation, ServingSet } from '../../core/plan/projection-version.ts';

/** The outer join returns the revision even without generations. */
const READ = `
  SELECT latest.revision, latest.isClosed, projection, version, purpose, state, serving, built, cursor,
    tables, open_tables AS openTables
  FROM (SELECT coalesce((SELECT revision FROM serving_set), 0) AS revision,
      EXISTS (SELECT 1 FROM serving_set WHERE closing_until > unixepoch('subsec')) AS isClosed) AS latest
    LEFT JOIN generation ON true`;

interface ServingRow
  extends Omit<Generation, 'projection' | 'serving' | 'built' | 'tables' | 'openTables'> {
  readonly revision: number;
  readonly isClosed: number;
  readonly projection: string | null;
  readonly serving: number;
  readonly built: number;
  readonly tables: string;
  readonly openTables: string | null;
}

export function readServingSet(database: D1Database): D1PreparedStatement {
  return database.prepare(READ);
}

export function servingSetFrom(results: readonly unknown[]): ServingSet {
  // The statement determines the type of the rows.
  const rows = results as readonly ServingRow[];
  return { revision: rows[0]?.revision ?? 0, generations: rows.flatMap(generationFrom) };
}

/** Whether a build has closed the door for its last page, so that no plan commits. */
export function isClosed(results: readonly unknown[]): boolean {
  // The statement determines the type of the rows.
  const [row] = results as readonly ServingRow[];
  return row?.isClosed === 1;
}

/** From the primary, because decisions follow from it. */
export async function currentServingSet(database: D1Database): Promise<ServingSet> {
  const { results } = await database.withSession('first-primary').prepare(READ).all();
  return servingSetFrom(results);
}

function generationFrom({
  revision: _revision,
  isClosed: _isClosed,
  projection,
  ...row
}: ServingRow): Generation[] {
  if (projection === null) return [];
  const { serving, built, tables, openTables, ...same } = row;
  return [
    {
      ...same,
      projection,
      serving: serving === 1,
      built: built === 1,
      tables: JSON.parse(tables),
      openTables: openTables === null ? [] : JSON.parse(openTables),
    },
  ];
}

/** NULL if another change came first: the column refuses it, and the batch fails. */
const RAISE_REVISION = `
  INSERT INTO serving_set (id, revision)
  VALUES (1, CASE WHEN coalesce((SELECT revision FROM serving_set), 0) = ?1 THEN ?1 + 1 END)
  ON CONFLICT (id) DO UPDATE SET revision = excluded.revision`;

/** The assertion that begins every change of the set. */
export function raiseRevision(database: D1Database, { revision }: ServingSet): D1PreparedStatement {
  return database.prepare(RAISE_REVISION).bind(revision);
}
