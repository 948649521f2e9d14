/** Runs a D1 batch and returns its result: written, lost to a concurrent change, or refused because of a row. */
import { errorText } from '../../core/failures/error-text.ts';
import { platformErrorKind } from '../../core/failures/platform-error.ts';

export type BatchOutcome =
  /** With the result of each statement. */
  | { readonly outcome: 'written'; readonly results: readonly D1Result[] }
  | { readonly outcome: 'lost-race' }
  | { readonly outcome: 'refused'; readonly error: unknown };

/** @throws D1's errors of an outage: whether the batch was written is unknown, and it may be retried as a whole */
export async function runD1Batch(
  database: Pick<D1Database, 'batch'>,
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

/** Fails after all statements before it succeeded, so that a trial is never committed. */
const NEVER_COMMITS = "SELECT json('what comes before was only tried')";

/**
 * Runs a batch that is always rolled back. Returns the error of the row that was refused, or undefined.
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
