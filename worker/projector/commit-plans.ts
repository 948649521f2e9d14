/**
 * Commits the plans of many streams. One D1 batch in the good case; several where there is too much for one. When a row
 * is refused, halves, until the failing event stands alone. Never throws: what D1 keeps from being written is answered
 * for each stream, so that what was written before counts.
 */

import {
  followersOf,
  layersOf,
  lessOf,
  planBatch,
  planStream,
  positionAfter,
  type Refusal,
  type StreamPlan,
} from '../../core/advance.ts';
import { errorText } from '../../core/error-text.ts';
import type { StoredEvent } from '../../core/event.ts';
import { type Follower, keyOf } from '../../core/generation.ts';
import { handleEvent, readStored } from '../../core/handle-event.ts';
import { isPassing, platformErrorKind } from '../../core/platform-error.ts';
import { undelivered } from '../health/undelivered.ts';
import { batchesOf } from './batch-limits.ts';
import { pauseWhatParksEverywhere } from './pause-failing.ts';
import type { Projector } from './projector.ts';
import { isCatchingUp, type Reached, type Round, raced, unavailable } from './round.ts';
import { rowStatements } from './row-statements.ts';
import { tryBatch, type Written } from './run-batch.ts';
import { fitAfterFailure } from './serving-set.ts';
import { prepare, writeBatch } from './write-batch.ts';

export function commitPlans(round: Round, plans: readonly StreamPlan[]): Promise<Reached[]> {
  return inTurn(round, batchesOf(plans));
}

/** Once D1 is in trouble, what is left is not tried. */
async function inTurn(
  round: Round,
  batches: readonly (readonly StreamPlan[])[],
): Promise<Reached[]> {
  const results: Reached[] = [];
  for (const plans of batches) {
    const trouble = results.find(({ because }) => because === 'unavailable');
    const own = trouble
      ? plans.map(({ position }) => unavailable(position, trouble.error))
      : await commit(round, plans);
    results.push(...own);
  }
  return results;
}

async function commit(round: Round, plans: readonly StreamPlan[]): Promise<Reached[]> {
  const [first, ...others] = plans;
  if (!first) return [];
  const written = await write(round, plans);
  if (written === 'written') return Promise.all(plans.map((plan) => afterWriting(round, plan)));
  if (written === 'lost-race') return plans.map(({ position }) => raced(position));
  if ('failed' in written && isPassing(platformErrorKind(written.failed))) {
    return plans.map(({ position }) => unavailable(position, written.failed));
  }
  if ('failed' in written && (await hasLeftStep(round, written.failed))) {
    return plans.map(({ position }) => raced(position));
  }
  if (others.length === 0) return corner(round, first, written);
  const middle = Math.ceil(plans.length / 2);
  // Side by side: of streams that do not touch, one that is refused costs the others no round trip more.
  const halves = [plans.slice(0, middle), plans.slice(middle)];
  return (await Promise.all(halves.map((half) => commit(round, half)))).flat();
}

/** Whether the failure was a missing table or column, and the projection that lacks it is out of step now. */
async function hasLeftStep({ projector }: Round, failed: unknown): Promise<boolean> {
  try {
    return (await fitAfterFailure(projector, failed)) === 'changed';
  } catch {
    return false;
  }
}

/** What did not even become a batch, or one that failed for a reason of its own. */
interface Failed {
  readonly failed: unknown;
}

type NotWritten = Failed | Exclude<Written, string>;

async function write(round: Round, plans: readonly StreamPlan[]): Promise<Written | Failed> {
  const { projector, set, watched } = round;
  const now = new Date(projector.nowMs()).toISOString();
  try {
    const plan = planBatch(plans);
    return await writeBatch(projector.database, plan, set.revision, now, watched);
  } catch (failed) {
    return { failed };
  }
}

/** A single stream failed: what comes before the failing event goes through, a refused event itself is parked. */
async function corner(round: Round, plan: StreamPlan, written: NotWritten): Promise<Reached[]> {
  try {
    const less = lessOf(round.planning, plan);
    const next = less ?? ('refused' in written ? await withoutTheRefused(round, plan) : undefined);
    if (!next) return [await stuck(round, plan, causeOf(written))];
    const results = await commit(round, [next]);
    return results.map((result) => ({ ...result, because: result.because ?? 'more' }));
  } catch (error) {
    if (isPassing(platformErrorKind(error))) return [unavailable(plan.position, error)];
    return [await stuck(round, plan, error)];
  }
}

function causeOf(written: NotWritten): unknown {
  return 'refused' in written ? written.refused : written.failed;
}

/** No follower's row is refused, so it is the journal's own. An event is never left out of that. */
async function stuck(
  { projector }: Round,
  { position }: StreamPlan,
  error: unknown,
): Promise<Reached> {
  const { tenant, stream, version } = position;
  projector.log('error', {
    operation: 'journal',
    tenant,
    stream,
    version,
    error: errorText(error),
  });
  const next = { tenant, stream, version: version + 1 };
  await projector.reportIncidents([undelivered(next, version, error)]);
  return { ...position, because: 'stuck' };
}

/** D1 is asked which of several followers cannot take the event: each alone, in batches that never commit. */
async function withoutTheRefused(
  { projector, planning }: Round,
  plan: StreamPlan,
): Promise<StreamPlan | undefined> {
  const [lane] = plan.lanes;
  const [event] = lane?.events ?? [];
  if (!lane || !event) return undefined;
  const refusals = new Map<string, Refusal>();
  const tryEach = followersOf(planning, plan.position, lane).map(async (follower) => {
    const error = await refusalOf(projector, follower, event);
    if (error === undefined) return;
    refusals.set(keyOf(follower), { version: event.version, error, parks: true });
  });
  await Promise.all(tryEach);
  return refusals.size === 0 ? undefined : planStream(planning, plan.position, [lane], refusals);
}

async function refusalOf(
  { app, database }: Projector,
  follower: Follower,
  event: StoredEvent,
): Promise<unknown> {
  const result = handleEvent(follower, readStored(app, event));
  // What a handler throws is parked when the stream is planned; here it has nothing to try.
  const changes = 'error' in result ? [] : result.changes;
  const layers = layersOf(changes.map((change) => ({ tenant: event.tenant, change })));
  return tryBatch(
    database,
    layers.flatMap((layer) => prepare(database, rowStatements(layer))),
  );
}

async function afterWriting(round: Round, plan: StreamPlan): Promise<Reached> {
  const { projector, planning } = round;
  const position = positionAfter(plan);
  const { tenant, stream } = position;
  for (const { generation, event, error } of plan.parked) {
    const { version, type } = event;
    const line = { operation: 'park', tenant, stream, generation, version, type };
    projector.log('error', { ...line, error: errorText(error) });
  }
  if (plan.parked.length > 0) await pauseIfPossible(round, plan);
  if (plan.waiting) {
    const next = { tenant, stream, version: position.version + 1 };
    await projector.reportIncidents([undelivered(next, position.version, plan.waiting)]);
  }
  const waitsFor = plan.waiting ?? plan.stalled[0]?.error;
  if (waitsFor !== undefined) {
    projector.log('warn', { operation: 'wait', tenant, stream, error: String(waitsFor) });
    return { ...position, because: 'waiting' };
  }
  return isCatchingUp(planning, position) ? { ...position, because: 'more' } : position;
}

/** What was parked is parked: a pause that fails now comes with the next event that is parked. */
async function pauseIfPossible({ projector, set }: Round, { parked }: StreamPlan): Promise<void> {
  try {
    await pauseWhatParksEverywhere(projector, set, parked);
  } catch (error) {
    projector.log('warn', { operation: 'pause', error: errorText(error) });
  }
}
