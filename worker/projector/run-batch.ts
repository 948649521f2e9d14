/** Runs a D1 batch and says what became of it: written, overtaken by somebody else, or refused by a row. */
import { errorText } from '../../core/error-text.ts';
import { platformErrorKind } from '../../core/platform-error.ts';

export type Written = 'written' | 'lost-race' | { readonly refused: unknown };

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

function verdict(error: unknown): Written {
  const kind = platformErrorKind(error);
  if (kind === 'lost-race') return kind;
  if (kind === 'refused') return { refused: error };
  throw error;
}

/** Fails after everything before it was taken: what is only tried must not be written. */
const NEVER_COMMITS = "SELECT json('what comes before was only tried')";

/**
 * Runs a batch that is rolled back in any case. Answers the error of the row that was refused, or undefined.
 *
 * @throws as `runBatch`
 */
export async function tryBatch(
  database: D1Database,
  statements: D1PreparedStatement[],
): Promise<unknown> {
  if (statements.length === 0) return undefined;
  const written = await runBatch(database, [...statements, database.prepare(NEVER_COMMITS)]);
  const refused = typeof written === 'object' ? written.refused : undefined;
  return errorText(refused).includes('malformed JSON') ? undefined : refused;
}
