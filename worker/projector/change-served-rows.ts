/**
 * Changes which rows a projection's queries are answered from, and notifies its live queries. Which of them there are
 * is read in the batch itself: a registration that comes later reads the changed rows.
 */
import type { Projector } from './projector.ts';
import { type BatchOutcome, runBatch } from './run-batch.ts';
import { tellDue } from './tell-watchers.ts';
import { dueFrom, markDue } from './watches.ts';

/** @throws as `runBatch` */
export async function changeServedRows(
  projector: Projector,
  projections: readonly string[],
  statements: readonly D1PreparedStatement[],
): Promise<BatchOutcome> {
  const { database } = projector;
  const batch = await runBatch(database, [...statements, markDue(database, projections)]);
  if (batch.outcome === 'written') await tellDue(projector, dueFrom(batch.results.at(-1)));
  return batch;
}
