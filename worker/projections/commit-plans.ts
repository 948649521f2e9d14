/**
 * Commits the plans of many streams in one D1 batch, or in several if one is too small. A batch that D1 refuses is
 * halved until one stream is left. Never throws: a failure of D1 is returned for each stream, so that earlier commits
 * count.
 */

import { isPassing, platformErrorKind } from '../../core/failures/platform-error.ts';
import type { LiveNotification } from '../../core/live/watch.ts';
import { journalOf, planBatch } from '../../core/plan/plan-batch.ts';
import { positionAfter, type StreamPlan } from '../../core/plan/plan-stream.ts';
import { undelivered } from '../incidents/undelivered.ts';
import {
  mergeNotifications,
  notificationsOf,
  notificationsOfForgetting,
} from '../notifications/changed-rows.ts';
import { batchesOf } from './batch-limits.ts';
import { fitAfterFailure } from './fit-to-code.ts';
import { forgottenRows } from './forget-open-rows.ts';
import { subjectsForgottenBy } from './forgotten-copies.ts';
import { isolateFailingEvent } from './isolate-failing-event.ts';
import { openedRows } from './opened-rows.ts';
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
} from './projection-round.ts';
import { type PlanOutcome, writeBatch } from './write-batch.ts';

export function commitPlans(round: Round, plans: readonly StreamPlan[]): Promise<CommitResult> {
  return inTurn(round, batchesOf(plans));
}

/** After a failure of D1 the rest is not tried. */
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
    return { reached, notifications: written.notifications, feeds: written.feeds };
  }
  if (written.outcome === 'lost-race') return racedAll(plans);
  if (written.outcome === 'failed') {
    if (isPassing(platformErrorKind(written.error))) return unavailableAll(plans, written.error);
    if (await hasLeftStep(round, written.error)) return racedAll(plans);
  }
  if (others.length === 0) return commitSmaller(round, first, written);
  const middle = Math.ceil(plans.length / 2);
  // In parallel, so that a refused stream costs the other streams no further round trip.
  const halves = [plans.slice(0, middle), plans.slice(middle)];
  return mergeResults(await Promise.all(halves.map((half) => commit(round, half))));
}

function racedAll(plans: readonly StreamPlan[]): CommitResult {
  return notWritten(plans.map(({ position }) => raced(position)));
}

function unavailableAll(plans: readonly StreamPlan[], error: unknown): CommitResult {
  return notWritten(plans.map(({ position }) => unavailable(position, error)));
}

/** Whether the failure was a missing table or column, and its projection has left the shared checkpoint. */
async function hasLeftStep({ projector }: Round, failed: unknown): Promise<boolean> {
  try {
    return (await fitAfterFailure(projector, failed)) === 'changed';
  } catch {
    return false;
  }
}

interface Failure {
  /** `failed`: no batch could be made, or it failed for another reason. */
  readonly outcome: 'failed' | 'refused';
  readonly error: unknown;
}

interface Written extends Pick<CommitResult, 'feeds'> {
  readonly outcome: 'written';
  readonly notifications: readonly LiveNotification[];
}

type WriteOutcome = Written | Exclude<PlanOutcome, { readonly outcome: 'written' }> | Failure;

async function write(round: Round, plans: readonly StreamPlan[]): Promise<WriteOutcome> {
  const { projector, set, planning } = round;
  const now = new Date(projector.nowMs()).toISOString();
  try {
    const plan = planBatch(plans);
    const forgotten = subjectsForgottenBy(journalOf(plan));
    const opened = await openedRows(projector, plan.layers, forgotten);
    if (opened.outcome === 'refused') return opened;
    const { layers, subjects } = opened;
    const { statements, projections } = await forgottenRows(projector, set, forgotten);
    const personal = { subjects, forgotten, forgetting: statements };
    const opening = { revision: set.revision, now };
    const written = await writeBatch(projector.database, { ...plan, layers }, personal, opening);
    if (written.outcome !== 'written') return written;
    const changed = notificationsOf(planning.followers, plan, written);
    const nulled = notificationsOfForgetting(forgotten, projections, written);
    const notifications = mergeNotifications([...changed, ...nulled]);
    return { outcome: 'written', notifications, feeds: written.feeds };
  } catch (error) {
    return { outcome: 'failed', error };
  }
}

/** Handles the failure of a single stream: commits what comes before the failing event, and parks a refused event. */
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

/**
 * No row of a projection is refused, so the failure is the journal's own, which never skips an event, or a key of a
 * subject cannot be read, whose rows wait for it.
 */
async function blocked(
  { projector }: Round,
  { position }: StreamPlan,
  error: unknown,
): Promise<AdvanceResult> {
  const { tenant, stream, version } = position;
  projector.log('error', { operation: 'journal', tenant, stream, version, error });
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
    projector.log('error', { operation: 'park', tenant, stream, generation, version, type, error });
  }
  if (plan.parked.length > 0) await pauseIfPossible(round, plan);
  if (plan.waiting) {
    const next = { tenant, stream, version: position.version + 1 };
    await projector.reportIncidents([undelivered(next, position.version, plan.waiting)]);
  }
  const waitsFor = plan.waiting ?? plan.stalled[0]?.error;
  if (waitsFor !== undefined) {
    projector.log('warn', { operation: 'wait', tenant, stream, error: waitsFor });
    return { ...position, reason: 'waiting' };
  }
  return isCatchingUp(planning, position) ? { ...position, reason: 'more' } : position;
}

/** The events stay parked: a pause that fails now is tried again with the next parked event. */
async function pauseIfPossible({ projector, set }: Round, { parked }: StreamPlan): Promise<void> {
  try {
    await pauseWhatParksEverywhere(projector, set, parked);
  } catch (error) {
    projector.log('warn', { operation: 'pause', error });
  }
}
