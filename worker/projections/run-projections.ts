/**
 * `runProjections` alone moves the live projections, for deliveries on time, late, duplicated, out of order or
 * redriven. Deliveries may be repeated and reordered and consumers may run in parallel: every event takes effect
 * exactly once, in its stream's order.
 */

import type { StoredEvent } from '../../core/aggregate/event.ts';
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
import { mergeNotifications } from '../notifications/changed-rows.ts';
import { notificationsOfEarlier, type RoundStart } from '../notifications/earlier-commits.ts';
import { notifyWatchers } from '../notifications/notify-live-objects.ts';
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
} from './projection-round.ts';
import { settleAbsent } from './settle-absent.ts';

export type { AdvanceResult } from './projection-round.ts';

/** A stream to bring up to a version, with the events of the delivery. */
export interface StreamDelivery {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly events: readonly StoredEvent[];
  /** The id of the event before the first one, in its object. */
  readonly before?: string;
}

/** Of the events of the deliveries. */
export function correlationsOf(wanted: readonly Pick<StreamDelivery, 'events'>[]): string[] {
  return wanted.flatMap(({ events }) => events.map(({ metadata }) => metadata.correlationId));
}

const PAGE_EVENTS = 1_000;

/** Our limit on what one round reads from objects, over all its streams: in memory it takes several times as much. */
const ROUND_BYTES_MAX = 2 * PAGE_BYTES_MAX;
const ROUNDS_MAX = 20;

export interface AdvanceOptions {
  /**
   * `all` also notifies of requested events that another invocation has committed, because it may have ended before it
   * notified.
   */
  readonly notify?: 'written' | 'all';
  /** Shared by all rounds of one invocation. */
  readonly deadline?: CallDeadline;
}

/** The version of each requested stream, by `streamKey`. */
type Reached = Map<string, AdvanceResult>;

/** What `advanceStreams` returns. */
export interface Advance {
  readonly reached: Reached;
  /** The serving set, read with the last positions; undefined if D1 could not be read. */
  readonly set: ServingSet | undefined;
}

/** `advanceStreams` for callers that need the versions alone. */
export async function runProjections(
  projector: Projector,
  wanted: readonly StreamDelivery[],
  options: AdvanceOptions = {},
): Promise<Reached> {
  return (await advanceStreams(projector, wanted, options)).reached;
}

/**
 * Returns the version of each requested stream. A stream may be requested several times. Before it returns, the Live
 * objects that watch written rows are notified, and the subscriptions of what was published are woken. A stream that a
 * failure of D1 kept from moving is `unavailable`; earlier commits count.
 *
 * @throws D1's error when a Live object was neither notified nor marked; nothing must then be acknowledged
 */
export function advanceStreams(
  projector: Projector,
  wanted: readonly StreamDelivery[],
  options: AdvanceOptions = {},
): Promise<Advance> {
  const attributes = () => ({ streams: wanted.length, correlations: correlationsOf(wanted) });
  return projector.inSpan('ledge.project', attributes, () => advance(projector, wanted, options));
}

async function advance(
  projector: Projector,
  wanted: readonly StreamDelivery[],
  { notify = 'written', deadline = new CallDeadline() }: AdvanceOptions,
): Promise<Advance> {
  const reached: Reached = new Map();
  const rounds: RoundResult[] = [];
  let open = mergeByStream(wanted);
  while (rounds.length < ROUNDS_MAX && open.length > 0) {
    const round = await advanceOrFail({ projector, deadline }, open, reached);
    for (const one of round.reached) reached.set(streamKey(one), one);
    open = open.filter((stream) => isOpen(stream, reached.get(streamKey(stream))));
    rounds.push(round);
  }
  const earlier = notify === 'all' ? notificationsOfEarlier(projector.app, wanted, rounds) : [];
  const own = rounds.flatMap(({ notifications }) => notifications);
  const feeds = rounds.flatMap((round) => round.feeds);
  await Promise.all([
    notifyWatchers(projector, mergeNotifications([...earlier, ...own])),
    projector.wakeSubscriptions(feeds),
  ]);
  return { reached, set: rounds.at(-1)?.set };
}

interface RoundResult extends CommitResult, RoundStart {
  readonly set: ServingSet | undefined;
}

/** The deliveries of a stream together. */
interface MergedDelivery extends StreamDelivery {
  /** The ids that its object has for versions, as far as the deliveries say. */
  readonly ids: ReadonlyMap<number, string>;
}

function mergeByStream(wanted: readonly StreamDelivery[]): MergedDelivery[] {
  const merged = new Map<string, MergedDelivery>();
  for (const one of wanted) {
    const other = merged.get(streamKey(one));
    const events = other ? [...other.events, ...one.events] : one.events;
    const version = Math.max(other?.version ?? 0, one.version);
    const ids = new Map([...(other?.ids ?? []), ...idsOf(one)]);
    merged.set(streamKey(one), { ...one, version, events, ids });
  }
  return [...merged.values()];
}

function idsOf({ before, events }: StreamDelivery): (readonly [number, string])[] {
  const [first] = events;
  const own = events.map(({ version, id }) => [version, id] as const);
  return first && before !== undefined ? [[first.version - 1, before], ...own] : own;
}

function isOpen(wanted: StreamDelivery, reached: AdvanceResult | undefined): boolean {
  if (!reached || reached.reason === 'more' || reached.reason === 'raced') return true;
  return reached.reason === undefined && reached.version < wanted.version;
}

type Invocation = Pick<Round, 'projector' | 'deadline'>;

/** Without the positions from D1 nothing can be planned. */
async function advanceOrFail(
  invocation: Invocation,
  wanted: readonly MergedDelivery[],
  reached: ReadonlyMap<string, AdvanceResult>,
): Promise<RoundResult> {
  try {
    return await advanceOnce(invocation, wanted);
  } catch (error) {
    const failed = wanted.map(({ tenant, stream }) => {
      const unknown = { tenant, stream, version: 0, lagging: [] };
      return unavailable(reached.get(streamKey(unknown)) ?? unknown, error);
    });
    return { ...notWritten(failed), positions: [], registered: [], set: undefined };
  }
}

/** Reads the positions, plans a page for each stream, and writes the plans together. */
async function advanceOnce(
  invocation: Invocation,
  wanted: readonly MergedDelivery[],
): Promise<RoundResult> {
  const { projector } = invocation;
  const read = await readPositions(projector.database, wanted);
  const { set, positions, isClosed, registered, absentTenants } = read;
  const start = { positions, registered, set };
  if (absentTenants.length > 0) {
    const settled = await settleAbsent(projector, positions, absentTenants);
    return { ...notWritten(settled), ...start };
  }
  if (isClosed) return { ...notWritten(positions.map(closed)), ...start };
  if ((await fitToCode(projector, set)) === 'changed') {
    return { ...notWritten(positions.map(raced)), ...start };
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
  return { ...mergeResults([notWritten(settled), committed]), ...start };
}

function closed(position: StreamPosition): AdvanceResult {
  return { ...position, reason: 'closed' };
}

/** Commits the plans without reactors' calls while the calls of the others are made. */
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

/** Marks streams whose calls were not all made: they have more to do, although their plan was committed. */
function withSlow({ reached, ...own }: CommitResult, called: readonly CalledPlan[]): CommitResult {
  const slow = new Set(
    called.filter(({ left }) => left).map(({ position }) => streamKey(position)),
  );
  const marked = reached.map((one): AdvanceResult => {
    const isSlow = one.reason === undefined && slow.has(streamKey(one));
    return isSlow ? { ...one, reason: 'slow' } : one;
  });
  return { ...own, reached: marked };
}

function planningFor({ app, nowMs }: Projector, set: ServingSet): PlanContext {
  return {
    app,
    followers: liveSubscribers(app, set),
    nowMs: nowMs(),
  };
}

/** Whether the object's event at the checkpoint is the journal's, as far as both are known. */
function isContinued({ version, eventId }: StreamPosition, wanted?: MergedDelivery): boolean {
  const delivered = wanted?.ids.get(version);
  return eventId === undefined || delivered === undefined || delivered === eventId;
}

/**
 * A message tells of another event than the journal has: the object was restored to an earlier time, before or after the
 * message was sent. The object itself knows which, and fails the read where it has another one than the journal.
 */
async function assertSameHistory(
  { projector }: Round,
  { tenant, stream, version: after, eventId: follows = '' }: StreamPosition,
): Promise<void> {
  await projector.readStream(tenant, stream, { after, limit: 1, follows });
  const note = 'a message has an event that neither log nor journal has' as const;
  projector.log('error', { operation: 'read-stream', tenant, stream, note });
}

/** The plan for a stream, or its position if there is nothing to do. */
async function prepareStep(
  round: Round,
  position: StreamPosition,
  wanted: MergedDelivery | undefined,
): Promise<StreamPlan | AdvanceResult> {
  const { projector, planning } = round;
  try {
    if (!isContinued(position, wanted)) await assertSameHistory(round, position);
    const lanes = await lanesOf(round, position, wanted);
    if (lanes.length === 0) return position;
    if (lanes.every(({ events }) => events.length === 0)) return { ...position, reason: 'beyond' };
    return planStream(planning, position, lanes);
  } catch (error) {
    // An object that cannot be read (its aggregate was removed from the app, or it is overloaded) holds back its stream
    // alone.
    const { tenant, stream } = position;
    projector.log('warn', { operation: 'read-stream', tenant, stream, error });
    await projector.reportIncidents([undelivered(wanted ?? position, position.version, error)]);
    return { ...position, reason: 'stuck' };
  }
}

/**
 * One lane from the shared checkpoint to the requested version, and one from each lagging checkpoint to the shared one.
 */
function lanesOf(
  round: Round,
  position: StreamPosition,
  wanted: MergedDelivery | undefined,
): Promise<PendingEvents[]> {
  const behind = position.lagging.filter((one) => isBehind(round.planning, position, one));
  const shared = wanted && position.version < wanted.version ? [position.version] : [];
  return Promise.all([
    ...shared.map(async (read) => ({
      generation: SHARED_CHECKPOINT,
      read,
      events: await eventsToApply(round, position, read, wanted?.events ?? [], position.eventId),
    })),
    ...behind.map(async ({ generation, version: read }) => {
      const events = await eventsToApply(round, position, read, wanted?.events ?? []);
      return { generation, read, events: events.slice(0, position.version - read) };
    }),
  ]);
}

/** The events of the message if they follow the checkpoint without a gap, else those of the object. */
async function eventsToApply(
  { projector, streamBytesMax }: Round,
  { tenant, stream }: StreamPosition,
  after: number,
  delivered: readonly StoredEvent[],
  follows?: string,
): Promise<StoredEvent[]> {
  const atHand = eventsAfter(after, delivered);
  if (atHand.length > 0) return atHand.slice(0, PAGE_EVENTS);
  return projector.readStream(tenant, stream, {
    ...{ after, limit: PAGE_EVENTS, bytesMax: streamBytesMax },
    ...(follows !== undefined && { follows }),
  });
}
