/**
 * Commits the plans of many streams. One D1 batch in the good case; several where there is too much for one. What D1
 * does not take is halved until one stream is left. Never throws: what D1 keeps from being written is answered for each
 * stream, so that what was written before counts.
 */

import { errorText } from '../../core/failures/error-text.ts';
import { isPassing, platformErrorKind } from '../../core/failures/platform-error.ts';
import { planBatch } from '../../core/plan/plan-batch.ts';
import { positionAfter, type StreamPlan } from '../../core/plan/plan-stream.ts';
import { undelivered } from '../incidents/undelivered.ts';
import { batchesOf } from './batch-limits.ts';
import { fitAfterFailure } from './fit-to-code.ts';
import { isolateFailingEvent } from './isolate-failing-event.ts';
import { pauseWhatParksEverywhere } from './pause-failing.ts';
import {
  type AdvanceResult,
  type CommitResult,
  isCatchingUp,
  mergeResults,
  notWritten,
  type Round,
  raced,
  unavailable,
} from './round.ts';
import { type PlanOutcome, writeBatch } from './write-batch.ts';

export function commitPlans(round: Round, plans: readonly StreamPlan[]): Promise<CommitResult> {
  return inTurn(round, batchesOf(plans));
}

/** Once D1 is in trouble, what is left is not tried. */
async function inTurn(
  round: Round,
  batches: readonly (readonly StreamPlan[])[],
): Promise<CommitResult> {
  const results: CommitResult[] = [];
  for (const plans of batches) {
    const trouble = results
      .flatMap(({ reached }) => reached)
      .find(({ reason }) => reason === 'unavailable');
    const own = trouble ? unavailableAll(plans, trouble.error) : await commit(round, plans);
    results.push(own);
  }
  return mergeResults(results);
}

async function commit(round: Round, plans: readonly StreamPlan[]): Promise<CommitResult> {
  const [first, ...others] = plans;
  if (!first) return notWritten([]);
  const written = await write(round, plans);
  if (written.outcome === 'written') {
    const reached = await Promise.all(plans.map((plan) => afterWriting(round, plan)));
    return { reached, watches: written.watches };
  }
  if (written.outcome === 'lost-race') return racedAll(plans);
  if (written.outcome === 'failed') {
    if (isPassing(platformErrorKind(written.error))) return unavailableAll(plans, written.error);
    if (await hasLeftStep(round, written.error)) return racedAll(plans);
  }
  if (others.length === 0) return commitSmaller(round, first, written);
  const middle = Math.ceil(plans.length / 2);
  // Side by side: of streams that do not touch, one that is refused costs the others no round trip more.
  const halves = [plans.slice(0, middle), plans.slice(middle)];
  return mergeResults(await Promise.all(halves.map((half) => commit(round, half))));
}

function racedAll(plans: readonly StreamPlan[]): CommitResult {
  return notWritten(plans.map(({ position }) => raced(position)));
}

function unavailableAll(plans: readonly StreamPlan[], error: unknown): CommitResult {
  return notWritten(plans.map(({ position }) => unavailable(position, error)));
}

/** Whether the failure was a missing table or column, and the projection that lacks it is inactive now. */
async function hasLeftStep({ projector }: Round, failed: unknown): Promise<boolean> {
  try {
    return (await fitAfterFailure(projector, failed)) === 'changed';
  } catch {
    return false;
  }
}

interface Failure {
  /** `failed`: it did not even become a batch, or failed for a reason of its own. */
  readonly outcome: 'failed' | 'refused';
  readonly error: unknown;
}

async function write(round: Round, plans: readonly StreamPlan[]): Promise<PlanOutcome | Failure> {
  const { projector, set } = round;
  const now = new Date(projector.nowMs()).toISOString();
  try {
    return await writeBatch(projector.database, planBatch(plans), set.revision, now);
  } catch (error) {
    return { outcome: 'failed', error };
  }
}

/** A single stream failed: what comes before the failing event goes through, a refused event itself is parked. */
async function commitSmaller(
  round: Round,
  plan: StreamPlan,
  { outcome, error }: Failure,
): Promise<CommitResult> {
  try {
    const next = await isolateFailingEvent(round, plan, outcome);
    if (!next) return notWritten([await blocked(round, plan, error)]);
    return await commit(round, [next]);
  } catch (failed) {
    if (isPassing(platformErrorKind(failed))) return unavailableAll([plan], failed);
    return notWritten([await blocked(round, plan, failed)]);
  }
}

/** No projection's row is refused, so it is the journal's own. An event is never left out of that. */
async function blocked(
  { projector }: Round,
  { position }: StreamPlan,
  error: unknown,
): Promise<AdvanceResult> {
  const { tenant, stream, version } = position;
  const line = { operation: 'journal', tenant, stream, version, error: errorText(error) };
  projector.log('error', line);
  const next = { tenant, stream, version: version + 1 };
  await projector.reportIncidents([undelivered(next, version, error)]);
  return { ...position, reason: 'stuck' };
}

async function afterWriting(round: Round, plan: StreamPlan): Promise<AdvanceResult> {
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
    return { ...position, reason: 'waiting' };
  }
  return isCatchingUp(planning, position) ? { ...position, reason: 'more' } : position;
}

/** What was parked is parked: a pause that fails now comes with the next event that is parked. */
async function pauseIfPossible({ projector, set }: Round, { parked }: StreamPlan): Promise<void> {
  try {
    await pauseWhatParksEverywhere(projector, set, parked);
  } catch (error) {
    projector.log('warn', { operation: 'pause', error: errorText(error) });
  }
}
