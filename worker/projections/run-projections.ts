/**
 * `advance` is the only way the live projections move: on time, late, duplicated, out of order or redriven alike.
 * Delivery may repeat and reorder and consumers may run side by side: every event takes effect exactly once, in its
 * stream's order.
 */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import { errorText } from '../../core/failures/error-text.ts';
import type { Watch } from '../../core/live/watch.ts';
import {
  eventsAfter,
  type PendingEvents,
  type PlanContext,
  planStream,
  SHARED_CHECKPOINT,
  type StreamPlan,
  type StreamPosition,
} from '../../core/plan/plan-stream.ts';
import { liveSubscribers, type ServingSet } from '../../core/plan/projection-version.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import { undelivered } from '../incidents/undelivered.ts';
import { notifyWatchers } from '../notifications/notify-live-objects.ts';
import { concernedBy } from '../notifications/registrations.ts';
import type { Projector } from '../projector/projector.ts';
import { CallDeadline } from '../reactions/call-deadline.ts';
import { type CalledPlan, callAll } from './call-reactors.ts';
import { commitPlans } from './commit-plans.ts';
import { fitToCode } from './fit-to-code.ts';
import { readPositions, streamKey } from './positions.ts';
import {
  type AdvanceResult,
  type CommitResult,
  isBehind,
  mergeResults,
  notWritten,
  type Round,
  raced,
  unavailable,
} from './round.ts';

export type { AdvanceResult } from './round.ts';

/** A stream to bring up to a version, with the events that happen to be at hand. */
export interface StreamDelivery {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly events: readonly StoredEvent[];
}

const PAGE_EVENTS = 1_000;

/** What one round reads from objects, over all its streams. Ours: as objects in memory it is several times as much. */
const ROUND_BYTES_MAX = 2 * PAGE_BYTES_MAX;
const ROUNDS_MAX = 20;

export interface AdvanceOptions {
  /** `all` notifies also of rows that were written before, in case their writer ended before it notified. */
  readonly notify?: 'written' | 'all';
  /** Shared by everything that one invocation advances. */
  readonly deadline?: CallDeadline;
}

/**
 * The version of each wanted stream, by `streamKey`. Streams may be wanted several times. The watchers of the rows that
 * were written are notified before it returns. A stream that D1 in trouble kept from moving is `unavailable`; what was
 * committed before that counts.
 *
 * @throws what D1 threw when a watcher was neither notified nor marked: then nothing must be acknowledged
 */
export async function runProjections(
  projector: Projector,
  wanted: readonly StreamDelivery[],
  { notify = 'written', deadline = new CallDeadline() }: AdvanceOptions = {},
): Promise<Map<string, AdvanceResult>> {
  const reached = new Map<string, AdvanceResult>();
  const rounds: RoundResult[] = [];
  let open = mergeByStream(wanted);
  while (rounds.length < ROUNDS_MAX && open.length > 0) {
    const round = await advanceOrFail({ projector, deadline }, open, reached);
    for (const one of round.reached) reached.set(streamKey(one), one);
    open = open.filter((stream) => isOpen(stream, reached.get(streamKey(stream))));
    rounds.push(round);
  }
  const earlier = notify === 'all' ? rounds.slice(0, 1) : [];
  const watches = [
    ...earlier.flatMap(({ registered }) => registered),
    ...rounds.flatMap((round) => round.watches),
  ];
  await notifyWatchers(projector, concernedBy(projector.app, wanted, watches));
  return reached;
}

interface RoundResult extends CommitResult {
  /** Who was registered for rows of the streams' tenants when the round began. */
  readonly registered: readonly Watch[];
}

function mergeByStream(wanted: readonly StreamDelivery[]): StreamDelivery[] {
  const merged = new Map<string, StreamDelivery>();
  for (const one of wanted) {
    const other = merged.get(streamKey(one)) ?? one;
    const events = other === one ? one.events : [...other.events, ...one.events];
    const version = Math.max(other.version, one.version);
    merged.set(streamKey(one), { ...one, version, events });
  }
  return [...merged.values()];
}

function isOpen(wanted: StreamDelivery, reached: AdvanceResult | undefined): boolean {
  if (!reached || reached.reason === 'more' || reached.reason === 'raced') return true;
  return reached.reason === undefined && reached.version < wanted.version;
}

type Invocation = Pick<Round, 'projector' | 'deadline'>;

/** Nothing can be planned when D1 does not answer with the positions. */
async function advanceOrFail(
  invocation: Invocation,
  wanted: readonly StreamDelivery[],
  reached: ReadonlyMap<string, AdvanceResult>,
): Promise<RoundResult> {
  try {
    return await advanceOnce(invocation, wanted);
  } catch (error) {
    const failed = wanted.map(({ tenant, stream }) => {
      const unknown = { tenant, stream, version: 0, lagging: [] };
      return unavailable(reached.get(streamKey(unknown)) ?? unknown, error);
    });
    return { ...notWritten(failed), registered: [] };
  }
}

/** Reads the positions, plans a page for each stream, writes them together. */
async function advanceOnce(
  invocation: Invocation,
  wanted: readonly StreamDelivery[],
): Promise<RoundResult> {
  const { projector } = invocation;
  const { set, positions, isClosed, registered } = await readPositions(projector.database, wanted);
  if (isClosed) return { ...notWritten(positions.map(closed)), registered };
  if ((await fitToCode(projector, set)) === 'changed') {
    return { ...notWritten(positions.map(raced)), registered };
  }
  const planning = planningFor(projector, set);
  const streamBytesMax = ROUND_BYTES_MAX / positions.length;
  const round = { ...invocation, set, planning, streamBytesMax };
  const prepared = await Promise.all(
    positions.map((position, index) => prepareStep(round, position, wanted[index])),
  );
  const plans = prepared.filter((step) => 'moves' in step);
  const settled = prepared.filter((step) => 'version' in step);
  const committed = await callAndCommit(round, plans);
  return { ...mergeResults([notWritten(settled), committed]), registered };
}

function closed(position: StreamPosition): AdvanceResult {
  return { ...position, reason: 'closed' };
}

/** What needs no reactor's call is committed while the others' calls are made. */
async function callAndCommit(round: Round, plans: readonly StreamPlan[]): Promise<CommitResult> {
  const committing = commitPlans(
    round,
    plans.filter(({ calls }) => calls.length === 0),
  );
  const called = await callAll(
    round,
    plans.filter(({ calls }) => calls.length > 0),
  );
  const quiet = await committing;
  const moved = await commitPlans(
    round,
    called.flatMap(({ plan }) => plan ?? []),
  );
  const unmoved = called.flatMap(({ plan, position, left }): AdvanceResult[] =>
    plan || !left ? [] : [{ ...position, reason: left }],
  );
  return mergeResults([quiet, notWritten(unmoved), withSlow(moved, called)]);
}

/** A stream whose calls were not all made has more to do, though its plan was committed. */
function withSlow({ reached, watches }: CommitResult, called: readonly CalledPlan[]): CommitResult {
  const slow = new Set(
    called.filter(({ left }) => left).map(({ position }) => streamKey(position)),
  );
  const marked = reached.map((one): AdvanceResult => {
    const isSlow = one.reason === undefined && slow.has(streamKey(one));
    return isSlow ? { ...one, reason: 'slow' } : one;
  });
  return { reached: marked, watches };
}

function planningFor({ app, nowMs }: Projector, set: ServingSet): PlanContext {
  return {
    app,
    followers: liveSubscribers(app, set),
    nowMs: nowMs(),
  };
}

/** The plan for a stream, or where it stands when there is nothing to do. */
async function prepareStep(
  round: Round,
  position: StreamPosition,
  wanted: StreamDelivery | undefined,
): Promise<StreamPlan | AdvanceResult> {
  const { projector, planning } = round;
  try {
    const lanes = await lanesOf(round, position, wanted);
    if (lanes.length === 0) return position;
    if (lanes.every(({ events }) => events.length === 0)) return { ...position, reason: 'beyond' };
    return planStream(planning, position, lanes);
  } catch (error) {
    // An object that cannot be read (its aggregate left the app, it has too much to do) holds back its stream alone.
    const { tenant, stream } = position;
    projector.log('warn', { operation: 'read-stream', tenant, stream, error: errorText(error) });
    await projector.reportIncidents([undelivered(wanted ?? position, position.version, error)]);
    return { ...position, reason: 'stuck' };
  }
}

/** From the shared checkpoint to what is wanted, and from every lagging one that catches up to the shared one. */
function lanesOf(
  round: Round,
  position: StreamPosition,
  wanted: StreamDelivery | undefined,
): Promise<PendingEvents[]> {
  const behind = position.lagging.filter((one) => isBehind(round.planning, position, one));
  const shared = wanted && position.version < wanted.version ? [position.version] : [];
  return Promise.all([
    ...shared.map(async (read) => ({
      generation: SHARED_CHECKPOINT,
      read,
      events: await eventsToApply(round, position, read, wanted?.events ?? []),
    })),
    ...behind.map(async ({ generation, version: read }) => {
      const events = await eventsToApply(round, position, read, wanted?.events ?? []);
      return { generation, read, events: events.slice(0, position.version - read) };
    }),
  ]);
}

/** From the message where its events join on to the checkpoint, else from the object. */
async function eventsToApply(
  { projector, streamBytesMax }: Round,
  { tenant, stream }: StreamPosition,
  after: number,
  delivered: readonly StoredEvent[],
): Promise<StoredEvent[]> {
  const atHand = eventsAfter(after, delivered);
  if (atHand.length > 0) return atHand.slice(0, PAGE_EVENTS);
  return projector.readStream(tenant, stream, after, PAGE_EVENTS, streamBytesMax);
}
