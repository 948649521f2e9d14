/**
 * Plans one step of a stream: from its checkpoints and the delivered events to row changes, reactor calls, moves of
 * checkpoints and parked events. Pure: the runner writes the plan.
 */

import { type RecordedEvent, type StoredEvent, UnknownEvent } from '../aggregate/event.ts';
import { aggregateOf } from '../aggregate/stream.ts';
import type { App } from '../app.ts';
import type { Reaction } from '../process/reactor.ts';
import type { RowChange } from '../projection/row-change.ts';
import type { PublishedEvent } from '../publication/publication.ts';
import { handleEvent, readStored } from './handle-event.ts';
import { concerns, keyOf, type Subscriber } from './projection-version.ts';

/** The shared checkpoint: the journal's, and that of every generation that is live with it. */
export const SHARED_CHECKPOINT = '';

/** A generation that has left the shared checkpoint on one stream, with its own checkpoint there. */
export interface LaggingCheckpoint {
  readonly generation: string;
  readonly version: number;
  /** Whether a dead letter holds it back. Otherwise it is catching up. */
  readonly parked: boolean;
}

/** How far a stream's events have reached the journal and the projections. */
export interface StreamPosition {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly lagging: readonly LaggingCheckpoint[];
  /** The id of the event at the version, as the journal has it. Left out: not known. */
  readonly eventId?: string;
}

/** The events after one of a stream's checkpoints, without a gap: see `eventsAfter`. */
export interface PendingEvents {
  readonly generation: string;
  readonly read: number;
  readonly events: readonly StoredEvent[];
}

/** A checkpoint's move from the version that was read to `next`, with everything that the batch writes for it. */
export interface CheckpointMove {
  readonly generation: string;
  readonly read: number;
  readonly next: number;
  readonly journal: readonly StoredEvent[];
  readonly changes: readonly RowChange[];
  readonly published: readonly PublishedEvent[];
}

/** An event that a generation cannot handle and that holds it back on this stream from then on. */
export interface ParkedEvent {
  readonly generation: string;
  readonly event: StoredEvent;
  readonly error: unknown;
}

/** The commands of a reactor for one event; they are sent before the checkpoint moves past it. */
export interface ReactorCall {
  readonly generation: string;
  readonly event: StoredEvent;
  readonly reactions: readonly Reaction[];
}

/** A generation that cannot handle an event, as the runner found out. */
export interface EventFailure {
  readonly version: number;
  readonly error: unknown;
  /**
   * Whether the event is parked. Otherwise the generation leaves the shared checkpoint without a dead letter, and
   * retries.
   */
  readonly parks: boolean;
}

/** By generation. */
export type EventFailures = ReadonlyMap<string, EventFailure>;

/** The plan for one stream. */
export interface StreamPlan {
  readonly position: StreamPosition;
  /** The input of the plan. */
  readonly lanes: readonly PendingEvents[];
  readonly moves: readonly CheckpointMove[];
  readonly calls: readonly ReactorCall[];
  readonly parked: readonly ParkedEvent[];
  /** Generations that leave the shared checkpoint and retry. */
  readonly stalled: readonly ParkedEvent[];
  /** The event at which the plan stops: a newer deployment may have written it. */
  readonly waiting?: UnknownEvent;
}

/** The constant input of all plans of a batch. */
export interface PlanContext {
  readonly app: App;
  /** Every subscriber that moves with the journal. */
  readonly followers: readonly Subscriber[];
  readonly nowMs: number;
}

/** The time within which a deployment is everywhere. Our value: the platform says seconds to minutes. */
const DEPLOYMENT_MS = 15 * 60_000;

/** Whether an event is so young that a newer deployment may have written it. */
export function isYoung({ recordedAt }: StoredEvent, nowMs: number): boolean {
  return nowMs - Date.parse(recordedAt) < DEPLOYMENT_MS;
}

/** The events after a version without a gap, in whatever order and however often they were delivered. */
export function eventsAfter(version: number, delivered: readonly StoredEvent[]): StoredEvent[] {
  const byVersion = new Map(delivered.map((event) => [event.version, event]));
  const joined: StoredEvent[] = [];
  for (let next = byVersion.get(version + 1); next; next = byVersion.get(next.version + 1)) {
    joined.push(next);
  }
  return joined;
}

export function planStream(
  planning: PlanContext,
  position: StreamPosition,
  lanes: readonly PendingEvents[],
  refusals: EventFailures = new Map(),
): StreamPlan {
  const planned = lanes.map((lane) => planLane(planning, position, lane, refusals));
  const waiting = planned.find((plan) => plan.waiting)?.waiting;
  return {
    position,
    lanes,
    moves: planned.map(({ move }) => move),
    calls: planned.flatMap(({ calls }) => calls),
    parked: planned.flatMap(({ parked }) => parked),
    stalled: planned.flatMap(({ stalled }) => stalled),
    ...(waiting && { waiting }),
  };
}

interface CheckpointPlan {
  readonly move: CheckpointMove;
  readonly calls: readonly ReactorCall[];
  readonly parked: readonly ParkedEvent[];
  readonly stalled: readonly ParkedEvent[];
  readonly waiting?: UnknownEvent;
}

function planLane(
  planning: PlanContext,
  position: StreamPosition,
  lane: PendingEvents,
  refusals: EventFailures,
): CheckpointPlan {
  const steps: EventStep[] = [];
  const movedBy = (count: number, waiting?: UnknownEvent): CheckpointPlan => ({
    move: {
      ...moveOf(lane, count),
      changes: steps.flatMap(({ changes }) => changes),
      published: steps.flatMap(({ published }) => published),
    },
    calls: steps.flatMap(({ calls }) => calls),
    parked: steps.flatMap(({ parked }) => parked),
    stalled: steps.flatMap(({ stalled }) => stalled),
    ...(waiting && { waiting }),
  });
  let followers = followersOf(planning, position, lane);
  for (const [index, event] of lane.events.entries()) {
    const step = takeEvent(planning, followers, event, refusals);
    if (step instanceof UnknownEvent) return movedBy(index, step);
    steps.push(step);
    const fallen = [...step.parked, ...step.stalled];
    if (fallen.length > 0 && lane.generation !== SHARED_CHECKPOINT) return movedBy(index);
    followers = followers.filter((one) => !isIn(keyOf(one), fallen));
  }
  return movedBy(lane.events.length);
}

function moveOf(
  { generation, read, events }: PendingEvents,
  count: number,
): Omit<CheckpointMove, 'changes' | 'published'> {
  const journal = generation === SHARED_CHECKPOINT ? events.slice(0, count) : [];
  return { generation, read, next: read + count, journal };
}

/** The subscribers of a lane's events. */
export function followersOf(
  { followers }: Pick<PlanContext, 'followers'>,
  { stream, lagging }: Pick<StreamPosition, 'stream' | 'lagging'>,
  { generation }: Pick<PendingEvents, 'generation'>,
): Subscriber[] {
  const aggregate = aggregateOf(stream);
  return followers.filter((follower) => {
    if (!concerns(follower, aggregate)) return false;
    const key = keyOf(follower);
    return generation === SHARED_CHECKPOINT ? !isIn(key, lagging) : key === generation;
  });
}

function isIn(generation: string, ones: readonly { readonly generation: string }[]): boolean {
  return ones.some((one) => one.generation === generation);
}

interface EventStep {
  readonly changes: readonly RowChange[];
  readonly published: readonly PublishedEvent[];
  readonly calls: readonly ReactorCall[];
  readonly parked: readonly ParkedEvent[];
  readonly stalled: readonly ParkedEvent[];
}

const nothing: EventStep = { changes: [], published: [], calls: [], parked: [], stalled: [] };

/** Each subscriber handles the event. One that cannot leaves the shared checkpoint; the others are not held back. */
function takeEvent(
  planning: PlanContext,
  followers: readonly Subscriber[],
  stored: StoredEvent,
  refusals: EventFailures,
): EventStep | UnknownEvent {
  const event = readStored(planning.app, stored);
  if (event instanceof UnknownEvent && isYoung(stored, planning.nowMs)) return event;
  const taken = followers.map((follower) =>
    takenBy(follower, stored, event, refusals.get(keyOf(follower))),
  );
  return {
    changes: taken.flatMap(({ changes }) => changes),
    published: taken.flatMap(({ published }) => published),
    calls: taken.flatMap(({ calls }) => calls),
    parked: taken.flatMap(({ parked }) => parked),
    stalled: taken.flatMap(({ stalled }) => stalled),
  };
}

function takenBy(
  follower: Subscriber,
  stored: StoredEvent,
  event: RecordedEvent | Error,
  refusal: EventFailure | undefined,
): EventStep {
  const generation = keyOf(follower);
  if (refusal?.version === stored.version) {
    const fallen = [{ generation, event: stored, error: refusal.error }];
    return refusal.parks ? { ...nothing, parked: fallen } : { ...nothing, stalled: fallen };
  }
  const result = handleEvent(follower, event);
  if ('error' in result) {
    return { ...nothing, parked: [{ generation, event: stored, error: result.error }] };
  }
  const { changes, reactions, published } = result;
  const calls = reactions.length === 0 ? [] : [{ generation, event: stored, reactions }];
  return { ...nothing, changes, published, calls };
}

/** A smaller part of the plan, to isolate a failing event. Undefined for the plan of a single event. */
export function smallerPlan(
  planning: PlanContext,
  { position, lanes }: StreamPlan,
): StreamPlan | undefined {
  const [lane, ...others] = lanes;
  if (!lane) return undefined;
  if (others.length > 0) return planStream(planning, position, [lane]);
  if (lane.events.length < 2) return undefined;
  const events = lane.events.slice(0, Math.ceil(lane.events.length / 2));
  return planStream(planning, position, [{ ...lane, events }]);
}

/** The stream's position once its plan is written. */
export function positionAfter({
  position,
  moves,
  parked,
  stalled,
}: Omit<StreamPlan, 'lanes' | 'calls'>): StreamPosition {
  const versions = new Map(moves.map(({ generation, next }) => [generation, next]));
  const version = versions.get(SHARED_CHECKPOINT) ?? position.version;
  const fallen = [
    ...parked.map((one) => fallenBefore(one, true)),
    ...stalled.map((one) => fallenBefore(one, false)),
  ];
  const others = position.lagging
    .filter(({ generation }) => !isIn(generation, fallen))
    .map((one) => ({ ...one, version: versions.get(one.generation) ?? one.version }))
    .filter((one) => one.parked || one.version < version);
  const eventId = moves.flatMap(({ journal }) => journal).at(-1)?.id ?? position.eventId;
  const lagging = [...others, ...fallen];
  return { ...position, version, lagging, ...(eventId !== undefined && { eventId }) };
}

function fallenBefore({ generation, event }: ParkedEvent, parked: boolean): LaggingCheckpoint {
  return { generation, version: event.version - 1, parked };
}
