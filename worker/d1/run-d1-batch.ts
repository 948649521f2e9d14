/** Runs a D1 batch and answers what became of it: written, overtaken by another change, or refused because of a row. */
import { errorText } from '../../core/failures/error-text.ts';
import { platformErrorKind } from '../../core/failures/platform-error.ts';

export type BatchOutcome =
  /** With what each statement answered. */
  | { readonly outcome: 'written'; readonly results: readonly D1Result[] }
  | { readonly outcome: 'lost-race' }
  | { readonly outcome: 'refused'; readonly error: unknown };

/** @throws whatever D1 says when it is in trouble: nothing was decided, the whole may be tried again */
export async function runD1Batch(
  database: D1Database,
  statements: D1PreparedStatement[],
): Promise<BatchOutcome> {
  if (statements.length === 0) return { outcome: 'written', results: [] };
  try {
    return { outcome: 'written', results: await database.batch(statements) };
  } catch (error) {
    return rolledBack(error);
  }
}

function rolledBack(error: unknown): BatchOutcome {
  const kind = platformErrorKind(error);
  if (kind === 'lost-race') return { outcome: kind };
  if (kind === 'refused') return { outcome: kind, error };
  throw error;
}

/** Fails after everything before it was taken: what is only tried must not be written. */
const NEVER_COMMITS = "SELECT json('what comes before was only tried')";

/**
 * Runs a batch that is rolled back in any case. Answers the error of the row that was refused, or undefined.
 *
 * @throws as `runD1Batch`
 */
export async function tryAndRollBack(
  database: D1Database,
  statements: D1PreparedStatement[],
): Promise<unknown> {
  if (statements.length === 0) return undefined;
  const tried = await runD1Batch(database, [...statements, database.prepare(NEVER_COMMITS)]);
  if (tried.outcome !== 'refused') return undefined;
  return errorText(tried.error).includes('malformed JSON') ? undefined : tried.error;
}
