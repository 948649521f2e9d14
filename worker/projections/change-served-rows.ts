/**
 * Changes the rows that a projection's queries read, and notifies its live queries. Their registrations are read in the
 * same batch: a later registration reads the changed rows.
 */

import { type BatchOutcome, runD1Batch } from '../d1/run-d1-batch.ts';
import { notifyDue } from '../notifications/notify-live-objects.ts';
import { dueFrom, markDue } from '../notifications/registrations.ts';
import type { Projector } from '../projector/projector.ts';

/** @throws as `runD1Batch` */
export async function changeServedRows(
  projector: Projector,
  projections: readonly string[],
  statements: readonly D1PreparedStatement[],
): Promise<BatchOutcome> {
  const { database } = projector;
  const batch = await runD1Batch(database, [...statements, markDue(database, projections)]);
  if (batch.outcome === 'written') await notifyDue(projector, dueFrom(batch.results.at(-1)));
  return batch;
}
