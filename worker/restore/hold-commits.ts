/**
 * Closes the door of live commits (worker/projections/versions/build-door) before a restore of D1. What is committed is
 * confirmed to its object, which then never sends it again: so nothing may be committed between the last list of streams
 * and the restore. The door opens by itself, and the restored database has it as it was then.
 */

/** Our value: `wrangler d1 time-travel restore` takes seconds. */
const HELD_SECONDS = 120;

const HOLD = `
  INSERT INTO serving_set (id, revision, closed_by, closed_at, closing_until)
  VALUES (1, 0, 'restore', unixepoch('subsec'), unixepoch('subsec') + ${HELD_SECONDS})
  ON CONFLICT (id) DO UPDATE SET closed_by = excluded.closed_by, closed_at = excluded.closed_at,
    closing_until = excluded.closing_until`;

/** For how long nothing is committed. */
export async function holdCommits(database: D1Database): Promise<{ readonly seconds: number }> {
  await database.prepare(HOLD).run();
  return { seconds: HELD_SECONDS };
}
