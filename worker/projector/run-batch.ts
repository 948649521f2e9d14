/** Runs a D1 batch and says what became of it: written, overtaken by somebody else, or refused by a row. */

export type Written = 'written' | 'lost-race' | { readonly refused: unknown };

/** The columns whose NOT NULL stands guard: each gets NULL where what was read is no longer true. */
const LOST_RACE =
  /NOT NULL constraint failed: (checkpoint\.version|serving_set\.revision|generation\.cursor)/;
const REFUSED = /SQLITE_CONSTRAINT|SQLITE_MISMATCH|SQLITE_TOOBIG|a sum beyond 2\^53 - 1/;

/**
 * `committed` gets what each statement answered.
 *
 * @throws whatever D1 says when it is in trouble: nothing was decided, the whole may be tried again
 */
export async function runBatch(
  database: D1Database,
  statements: D1PreparedStatement[],
  committed: (results: readonly D1Result[]) => void = () => undefined,
): Promise<Written> {
  if (statements.length === 0) return 'written';
  try {
    committed(await database.batch(statements));
    return 'written';
  } catch (error) {
    return verdict(error);
  }
}

/** D1 errors carry no code, only text with SQLite's own. */
function verdict(error: unknown): Written {
  const message = String(error);
  if (LOST_RACE.test(message)) return 'lost-race';
  if (REFUSED.test(message)) return { refused: error };
  throw error;
}
