/**
 * Narrows a stream's plan that D1 refused: halves it until the failing event is alone, and then parks that event for
 * each projection whose rows D1 refuses. The rows of each projection are tried in a batch that is always rolled back.
 */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import { handleEvent, readStored } from '../../core/plan/handle-event.ts';
import { layersOf } from '../../core/plan/plan-batch.ts';
import {
  type EventFailure,
  followersOf,
  planStream,
  type StreamPlan,
  smallerPlan,
} from '../../core/plan/plan-stream.ts';
import { keyOf, type Subscriber } from '../../core/plan/projection-version.ts';
import { tryAndRollBack } from '../d1/run-d1-batch.ts';
import type { Projector } from '../projector/projector.ts';
import { appendToPublications } from '../publications/write-publications.ts';
import { openedRows } from './opened-rows.ts';
import type { Round } from './projection-round.ts';
import { rowStatements } from './row-statements.ts';
import { prepare } from './write-batch.ts';

/**
 * The plan to try next. Undefined if a single event fails because of the journal itself.
 *
 * @throws as `runD1Batch`
 */
export async function isolateFailingEvent(
  round: Round,
  plan: StreamPlan,
  failure: 'refused' | 'failed',
): Promise<StreamPlan | undefined> {
  const smaller = smallerPlan(round.planning, plan);
  if (smaller) return smaller;
  return failure === 'refused' ? parkWhereRefused(round, plan) : undefined;
}

async function parkWhereRefused(
  { projector, planning }: Round,
  plan: StreamPlan,
): Promise<StreamPlan | undefined> {
  const [lane] = plan.lanes;
  const [event] = lane?.events ?? [];
  if (!lane || !event) return undefined;
  const refusals = new Map<string, EventFailure>();
  const tryEach = followersOf(planning, plan.position, lane).map(async (follower) => {
    const error = await rowError(projector, follower, event);
    if (error === undefined) return;
    refusals.set(keyOf(follower), { version: event.version, error, parks: true });
  });
  await Promise.all(tryEach);
  return refusals.size === 0 ? undefined : planStream(planning, plan.position, [lane], refusals);
}

/** The error of the row that D1 refuses; undefined if it accepts all. */
async function rowError(
  projector: Projector,
  follower: Subscriber,
  event: StoredEvent,
): Promise<unknown> {
  const { app, database } = projector;
  const result = handleEvent(follower, readStored(app, event));
  // An error of the handler is parked by the plan; there are no rows to try.
  if ('error' in result) return undefined;
  const { changes, published } = result;
  const rows = layersOf(changes.map((change) => ({ tenant: event.tenant, change })));
  const opened = await openedRows(projector, rows);
  if (opened.outcome === 'refused') return opened.error;
  return tryAndRollBack(database, [
    ...opened.layers.flatMap((layer) => prepare(database, rowStatements(layer))),
    ...appendToPublications(database, published),
  ]);
}
