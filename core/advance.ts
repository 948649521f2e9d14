import { type App, recordedEvent } from './app.ts';
import { type RecordedEvent, type StoredEvent, UnknownEvent } from './event.ts';
import { generationKey } from './generation.ts';
import type { Projection } from './projection.ts';
import { foldChanges, type RowChange } from './row-change.ts';
import { parseStreamName } from './stream.ts';

/** Among the checkpoints, the one of the journal and of everything that moves in step with it. */
export const SHARED = '';

/** A generation that fell out of step for one stream, and has a checkpoint of its own there. */
export interface Straggler {
  readonly generation: string;
  readonly version: number;
  /** Whether a dead letter holds it back. Else it is catching up. */
  readonly parked: boolean;
}

/** How far a stream's events have reached the journal and the projections. */
export interface StreamPosition {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly stragglers: readonly Straggler[];
}

/** The events that follow one of a stream's checkpoints, without a gap: see `eventsAfter`. */
export interface Lane {
  readonly generation: string;
  readonly read: number;
  readonly events: readonly StoredEvent[];
}

/** A checkpoint's move from the version that was read to `next`, with all that goes into the batch. */
export interface Move {
  readonly generation: string;
  readonly read: number;
  readonly next: number;
  readonly journal: readonly StoredEvent[];
  readonly changes: readonly RowChange[];
}

/** An event that a generation cannot take, and that holds it back on this stream from now on. */
export interface Parking {
  readonly generation: string;
  readonly event: StoredEvent;
  readonly error: unknown;
}

/** The step that one stream takes. */
export interface StreamPlan {
  readonly position: StreamPosition;
  /** What it was planned from. */
  readonly lanes: readonly Lane[];
  readonly moves: readonly Move[];
  readonly parked: readonly Parking[];
  /** Why it stops early: an event of a deployment that may be newer than this code. */
  readonly waiting?: UnknownEvent;
}

/** What a plan is made with. */
export interface Planning {
  readonly app: App;
  /** Everything that moves in step. */
  readonly projections: readonly Projection[];
  /** An event that the code does not know is waited for while it is this young: a deployment may be under way. */
  readonly isYoung: (event: StoredEvent) => boolean;
}

/** The events that follow a version without a gap, whatever order and however often they were delivered. */
export function eventsAfter(version: number, delivered: readonly StoredEvent[]): StoredEvent[] {
  const byVersion = new Map(delivered.map((event) => [event.version, event]));
  const joined: StoredEvent[] = [];
  for (let next = byVersion.get(version + 1); next; next = byVersion.get(next.version + 1)) {
    joined.push(next);
  }
  return joined;
}

/** Errors that D1 has for generations, where a lane has a single event: they cannot take it either. */
export type Refusals = ReadonlyMap<string, unknown>;

export function planStream(
  planning: Planning,
  position: StreamPosition,
  lanes: readonly Lane[],
  refusals: Refusals = new Map(),
): StreamPlan {
  const planned = lanes.map((lane) => planLane(planning, position, lane, refusals));
  const waiting = planned.find((plan) => plan.waiting)?.waiting;
  return {
    position,
    lanes,
    moves: planned.map(({ move }) => move),
    parked: planned.flatMap(({ parked }) => parked),
    ...(waiting && { waiting }),
  };
}

interface LanePlan {
  readonly move: Move;
  readonly parked: readonly Parking[];
  readonly waiting?: UnknownEvent;
}

function planLane(
  planning: Planning,
  position: StreamPosition,
  lane: Lane,
  refusals: Refusals,
): LanePlan {
  const changes: RowChange[] = [];
  const parked: Parking[] = [];
  const movedBy = (count: number, waiting?: UnknownEvent): LanePlan => ({
    move: { ...moveOf(lane, count), changes },
    parked,
    ...(waiting && { waiting }),
  });
  let followers = followersOf(planning, position, lane);
  for (const [index, event] of lane.events.entries()) {
    const step = takeEvent(planning, followers, event, refusals);
    if (step instanceof UnknownEvent) return movedBy(index, step);
    changes.push(...step.changes);
    parked.push(...step.parked);
    followers = followers.filter((one) => !isIn(generationKey(one), parked));
    if (lane.generation !== SHARED && parked.length > 0) return movedBy(index);
  }
  return movedBy(lane.events.length);
}

function moveOf({ generation, read, events }: Lane, count: number): Omit<Move, 'changes'> {
  const journal = generation === SHARED ? events.slice(0, count) : [];
  return { generation, read, next: read + count, journal };
}

/** Whom a lane's events are for. */
export function followersOf(
  { projections }: Pick<Planning, 'projections'>,
  { stragglers }: StreamPosition,
  { generation }: Pick<Lane, 'generation'>,
): Projection[] {
  return projections.filter((projection) => {
    const key = generationKey(projection);
    return generation === SHARED ? !isIn(key, stragglers) : key === generation;
  });
}

function isIn(generation: string, ones: readonly { readonly generation: string }[]): boolean {
  return ones.some((one) => one.generation === generation);
}

interface EventStep {
  readonly changes: readonly RowChange[];
  readonly parked: readonly Parking[];
}

/** What every follower makes of an event. Who cannot take it is parked; the others are not held back by that. */
function takeEvent(
  planning: Planning,
  followers: readonly Projection[],
  stored: StoredEvent,
  refusals: Refusals,
): EventStep | UnknownEvent {
  const event = readable(planning.app, stored);
  if (event instanceof UnknownEvent && planning.isYoung(stored)) return event;
  const concerned = followers.filter((one) => one.sources.includes(aggregateOf(stored)));
  const taken = concerned.map((projection): EventStep => {
    const generation = generationKey(projection);
    try {
      if (event instanceof Error) throw event;
      if (refusals.has(generation)) throw refusals.get(generation);
      return { changes: projection.handle(event), parked: [] };
    } catch (error) {
      return { changes: [], parked: [{ generation, event: stored, error }] };
    }
  });
  return {
    changes: taken.flatMap(({ changes }) => changes),
    parked: taken.flatMap(({ parked }) => parked),
  };
}

/** The event in its newest shape, or why there is none. */
function readable(app: App, stored: StoredEvent): RecordedEvent | Error {
  try {
    return recordedEvent(app, stored);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function aggregateOf({ stream }: StoredEvent): string {
  return parseStreamName(stream)?.aggregate ?? '';
}

/** A row change whose tenant is known: it can be written. */
export interface TenantRowChange {
  readonly tenant: string;
  readonly change: RowChange;
}

/** The steps of many streams as one: what a single D1 batch writes. */
export interface BatchPlan {
  readonly steps: readonly StreamPlan[];
  /** Applied in order; within a layer no two changes touch the same row. */
  readonly layers: readonly (readonly TenantRowChange[])[];
}

export function planBatch(plans: readonly StreamPlan[]): BatchPlan {
  const steps = plans.filter(({ moves, parked }) => parked.length > 0 || moves.some(isMoving));
  return { steps, layers: layersOf(steps.flatMap(tenantChanges)) };
}

function isMoving({ read, next }: Move): boolean {
  return next > read;
}

function tenantChanges({ position, moves }: StreamPlan): TenantRowChange[] {
  return moves.flatMap(({ changes }) =>
    changes.map((change) => ({ tenant: position.tenant, change })),
  );
}

/** Each tenant's changes folded, so that a row is written once where that is possible. */
export function layersOf(changes: readonly TenantRowChange[]): TenantRowChange[][] {
  const perTenant = Map.groupBy(changes, ({ tenant }) => tenant);
  return zipLayers(
    [...perTenant].map(([tenant, own]) =>
      foldChanges(own.map(({ change }) => change)).map((layer) =>
        layer.map((change) => ({ tenant, change })),
      ),
    ),
  );
}

function zipLayers(perTenant: readonly TenantRowChange[][][]): TenantRowChange[][] {
  const depth = perTenant.reduce((most, layers) => Math.max(most, layers.length), 0);
  return Array.from({ length: depth }, (_, layer) =>
    perTenant.flatMap((layers) => layers[layer] ?? []),
  );
}

/** Less of a stream's step, so that a failing event can be cornered. Undefined when it is a single event. */
export function lessOf(
  planning: Planning,
  { position, lanes }: StreamPlan,
): StreamPlan | undefined {
  const [lane, ...others] = lanes;
  if (!lane) return undefined;
  if (others.length > 0) return planStream(planning, position, [lane]);
  if (lane.events.length < 2) return undefined;
  const events = lane.events.slice(0, Math.ceil(lane.events.length / 2));
  return planStream(planning, position, [{ ...lane, events }]);
}

/** Where the stream stands once its plan is written. */
export function positionAfter({ position, moves, parked }: StreamPlan): StreamPosition {
  const versions = new Map(moves.map(({ generation, next }) => [generation, next]));
  const version = versions.get(SHARED) ?? position.version;
  const kept = position.stragglers
    .map((one) => ({ ...one, version: versions.get(one.generation) ?? one.version }))
    .filter((one) => one.parked || one.version < version || isIn(one.generation, parked));
  const fallen = parked.map(({ generation, event }) => ({
    generation,
    version: event.version - 1,
    parked: true,
  }));
  const others = kept.filter(({ generation }) => !isIn(generation, fallen));
  return { ...position, version, stragglers: [...others, ...fallen] };
}
