/** Reads the serving set from D1: which generations there are, which are live, which serve. */
import type { Generation, ServingSet } from '../../core/plan/projection-version.ts';

/** The outer join gives the revision a row though there be no generation. */
const READ = `
  SELECT latest.revision, latest.isClosed, projection, version, purpose, state, serving, built, cursor,
    tables
  FROM (SELECT coalesce((SELECT revision FROM serving_set), 0) AS revision,
      EXISTS (SELECT 1 FROM serving_set WHERE closing_until > unixepoch('subsec')) AS isClosed) AS latest
    LEFT JOIN generation ON true`;

interface ServingRow extends Omit<Generation, 'projection' | 'serving' | 'built' | 'tables'> {
  readonly revision: number;
  readonly isClosed: number;
  readonly projection: string | null;
  readonly serving: number;
  readonly built: number;
  readonly tables: string;
}

export function readServingSet(database: D1Database): D1PreparedStatement {
  return database.prepare(READ);
}

export function servingSetFrom(results: readonly unknown[]): ServingSet {
  // The rows are what the statement says.
  const rows = results as readonly ServingRow[];
  return { revision: rows[0]?.revision ?? 0, generations: rows.flatMap(generationFrom) };
}

/** Whether a build holds the door of its last page closed: then no plan commits. */
export function isClosed(results: readonly unknown[]): boolean {
  // The rows are what the statement says.
  const [row] = results as readonly ServingRow[];
  return row?.isClosed === 1;
}

/** From the primary: what follows is decided on it. */
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
  const { serving, built, tables, ...same } = row;
  return [
    {
      ...same,
      projection,
      serving: serving === 1,
      built: built === 1,
      tables: JSON.parse(tables),
    },
  ];
}

/** NULL where another change came first: the column refuses it, and the batch with it. */
const RAISE_REVISION = `
  INSERT INTO serving_set (id, revision)
  VALUES (1, CASE WHEN coalesce((SELECT revision FROM serving_set), 0) = ?1 THEN ?1 + 1 END)
  ON CONFLICT (id) DO UPDATE SET revision = excluded.revision`;

/** The assertion that goes in front of every change of the set. */
export function raiseRevision(database: D1Database, { revision }: ServingSet): D1PreparedStatement {
  return database.prepare(RAISE_REVISION).bind(revision);
}
