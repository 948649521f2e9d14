/**
 * Makes the calls of reactors before their checkpoints move, so that a call is repeated rather than lost. An invocation
 * waits for calls for a limited time: a call that hangs delays its own stream, never the others.
 */
import {
  type EventFailure,
  type EventFailures,
  isYoung,
  type PendingEvents,
  type PlanContext,
  planStream,
  type ReactorCall,
  SHARED_CHECKPOINT,
  type StreamPlan,
  type StreamPosition,
} from '../../core/plan/plan-stream.ts';
import { keyOf } from '../../core/plan/projection-version.ts';
import { CALLS_WAIT_MS } from '../reactions/call-deadline.ts';
import { DefiniteFailure } from '../reactions/outcome-class.ts';
import type { Round } from './projection-round.ts';

/**
 * The queue retries a call that hangs while its event is younger than this. After that its reactor lags on the stream,
 * so that journal and projections continue. Our value.
 */
const HOLDS_UP_MS_MAX = 60_000;

/** The progress of the calls of one plan. */
interface CallProgress {
  readonly plan: StreamPlan;
  readonly refusals: Map<string, EventFailure>;
  /** The number of answered calls, in the plan's order; failed calls count as answered. */
  answered: number;
  started: number;
}

export interface CalledPlan {
  readonly position: StreamPosition;
  /** The part of the plan to commit: up to its first unanswered call. Undefined if that is nothing. */
  readonly plan: StreamPlan | undefined;
  /** The reason for remaining work: no call was answered, or there was no time for all. */
  readonly left: 'unanswered' | 'slow' | undefined;
}

/** Makes the calls of different plans in parallel, and those of one plan in order. */
export async function callAll(round: Round, plans: readonly StreamPlan[]): Promise<CalledPlan[]> {
  if (plans.length === 0) return [];
  const all = plans.map((plan) => ({ plan, refusals: new Map(), answered: 0, started: 0 }));
  await round.deadline.waitFor(Promise.all(all.map((progress) => callReactors(round, progress))));
  return all.map((progress) => calledPlan(round, progress));
}

/**
 * A reactor whose call fails lags from that event on and is retried. After a long time without success, or at once if
 * no attempt can succeed, the event is parked for it.
 */
async function callReactors(
  { projector, planning, deadline }: Round,
  progress: CallProgress,
): Promise<void> {
  const { plan, refusals } = progress;
  for (const call of plan.calls) {
    if (deadline.isPassed) return;
    progress.started++;
    const { generation, event } = call;
    try {
      if (!refusals.has(generation)) await projector.dispatchReactions(call);
    } catch (error) {
      const isPatient = keepsTrying(planning, generation) || isYoung(event, planning.nowMs);
      const parks = error instanceof DefiniteFailure || !isPatient;
      refusals.set(generation, { version: event.version, error, parks });
    }
    progress.answered++;
  }
}

function keepsTrying({ followers }: PlanContext, generation: string): boolean {
  return followers.some(
    (one) => one.kind === 'reactor' && one.keepsTrying === true && keyOf(one) === generation,
  );
}

function calledPlan({ planning }: Round, progress: CallProgress): CalledPlan {
  const { plan, started, answered } = progress;
  const { position } = plan;
  // Copies, so that a later answer does not change what is committed.
  const refusals = new Map(progress.refusals);
  const unanswered = plan.calls.slice(answered);
  const [hanging] = started > answered ? unanswered : [];
  const falls = hanging && holdsUp(planning, hanging) ? hanging : undefined;
  if (falls) {
    const error = new Error(`A call did not answer within ${CALLS_WAIT_MS} ms.`);
    refusals.set(falls.generation, { version: falls.event.version, error, parks: false });
  }
  // A reactor that lags makes its other calls when it catches up.
  const open = unanswered.filter(({ generation }) => generation !== falls?.generation);
  if (open.length === 0)
    return { position, plan: withRefusals(planning, plan, refusals), left: undefined };
  const lanes = plan.lanes.map((lane) => upTo(plan, lane, open)).filter(hasEvents);
  const left = hanging && answered === 0 ? 'unanswered' : 'slow';
  if (lanes.length === 0) return { position, plan: undefined, left };
  return { position, plan: planStream(planning, position, lanes, refusals), left };
}

function withRefusals(
  planning: PlanContext,
  plan: StreamPlan,
  refusals: EventFailures,
): StreamPlan {
  return refusals.size === 0 ? plan : planStream(planning, plan.position, plan.lanes, refusals);
}

function holdsUp({ nowMs }: PlanContext, { event }: ReactorCall): boolean {
  return nowMs - Date.parse(event.recordedAt) > HOLDS_UP_MS_MAX;
}

function hasEvents({ events }: PendingEvents): boolean {
  return events.length > 0;
}

/** The part of a lane before the first event with an unanswered call. */
function upTo(
  { lanes }: StreamPlan,
  lane: PendingEvents,
  open: readonly ReactorCall[],
): PendingEvents {
  const others = lanes.filter(({ generation }) => generation !== SHARED_CHECKPOINT);
  const own = open.filter(({ generation }) =>
    lane.generation === SHARED_CHECKPOINT
      ? others.every((other) => other.generation !== generation)
      : lane.generation === generation,
  );
  const first = Math.min(...own.map(({ event }) => event.version));
  return { ...lane, events: lane.events.filter(({ version }) => version < first) };
}
