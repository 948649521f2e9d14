/**
 * `advance` is the only way the live projections move: on time, late, duplicated, out of order or redriven alike.
 * Called by the queue's consumer, by queries that carry a token, by redrives and by the sweep. Delivery may repeat and
 * reorder and consumers may run side by side: every event takes effect exactly once, in its stream's order.
 */
import {
  eventsAfter,
  followersOf,
  isYoung,
  type Lane,
  layersOf,
  lessOf,
  type Planning,
  planBatch,
  planStream,
  positionAfter,
  type Refusal,
  SHARED,
  type Straggler,
  type StreamPlan,
  type StreamPosition,
} from '../../core/advance.ts';
import { recordedEvent } from '../../core/app.ts';
import type { StoredEvent } from '../../core/event.ts';
import { type Follower, generationKey, inStep, type ServingSet } from '../../core/generation.ts';
import type { Watch } from '../../core/watch.ts';
import { DefiniteFailure } from './definite-failure.ts';
import { pauseWhatParksEverywhere } from './pause-failing.ts';
import { readPositions, streamKey } from './positions.ts';
import type { Projector } from './projector.ts';
import { rowStatements } from './row-statements.ts';
import { runBatch } from './run-batch.ts';
import { fitToCode } from './serving-set.ts';
import { tellWatchers } from './tell-watchers.ts';
import { concernedBy } from './watches.ts';
import { prepare, writeBatch } from './write-batch.ts';

/** A stream to bring up to a version, with the events that happen to be at hand. */
export interface Wanted {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly events: readonly StoredEvent[];
}

/** Where a stream stands afterwards, and what was in the way of more. */
export type Reached = StreamPosition & {
  /**
   * `more`: there is another page. `raced`: others kept winning. `beyond`: the object has no such version.
   * `waiting`: an event of a deployment that may be newer than this code. `stuck`: the object cannot be read, or the
   * journal cannot take the event.
   */
  readonly because?: 'more' | 'raced' | 'beyond' | 'waiting' | 'stuck';
};

/** What one round works with. */
interface Round {
  readonly projector: Projector;
  readonly set: ServingSet;
  readonly planning: Planning;
  /** Gets who watches, by each batch that commits. */
  readonly watched: Watch[];
}

const PAGE_EVENTS = 1_000;
const ROUNDS_MAX = 20;

/**
 * Where each wanted stream stands, by `streamKey`. Streams may be wanted several times. Who watches the rows that were
 * written is told before it returns; `tells: 'again'` tells also of rows that were written before, in case whoever did
 * that came no further.
 */
export async function advance(
  projector: Projector,
  wanted: readonly Wanted[],
  tells: 'once' | 'again' = 'once',
): Promise<Map<string, Reached>> {
  const reached = new Map<string, Reached>();
  const watched: Watch[] = [];
  try {
    let open = mergeByStream(wanted);
    for (let round = 0; round < ROUNDS_MAX && open.length > 0; round++) {
      const results = await advanceOnce(projector, open, watched, round === 0 ? tells : 'once');
      for (const result of results) reached.set(streamKey(result), result);
      open = open.filter((stream) => isOpen(stream, reached.get(streamKey(stream))));
    }
  } finally {
    await tellWatchers(projector, concernedBy(projector.app, wanted, watched));
  }
  return reached;
}

function mergeByStream(wanted: readonly Wanted[]): Wanted[] {
  const merged = new Map<string, Wanted>();
  for (const one of wanted) {
    const other = merged.get(streamKey(one)) ?? one;
    const events = other === one ? one.events : [...other.events, ...one.events];
    const version = Math.max(other.version, one.version);
    merged.set(streamKey(one), { ...one, version, events });
  }
  return [...merged.values()];
}

function isOpen(wanted: Wanted, reached: Reached | undefined): boolean {
  if (!reached || reached.because === 'more' || reached.because === 'raced') return true;
  return reached.because === undefined && reached.version < wanted.version;
}

/** Reads where everything stands, plans a page for each stream, writes them together. */
async function advanceOnce(
  projector: Projector,
  wanted: readonly Wanted[],
  watched: Watch[],
  tells: 'once' | 'again',
): Promise<Reached[]> {
  const { set, positions, ...read } = await readPositions(projector.database, wanted);
  if (tells === 'again') watched.push(...read.watched);
  if ((await fitToCode(projector, set)) === 'changed') return positions.map(raced);
  const round = { projector, set, planning: planningFor(projector, set), watched };
  const prepared = await Promise.all(
    positions.map((position, index) => prepareStep(round, position, wanted[index])),
  );
  const plans = prepared.filter((step) => 'moves' in step);
  const settled = prepared.filter((step) => 'version' in step);
  const called = await Promise.all(plans.map((plan) => callReactors(round, plan)));
  return [...settled, ...(await commit(round, called))];
}

function planningFor({ app, nowMs }: Projector, set: ServingSet): Planning {
  return {
    app,
    followers: inStep(app, set),
    nowMs: nowMs(),
  };
}

/** The plan for a stream, or where it stands when there is nothing to do. */
async function prepareStep(
  { projector, planning }: Round,
  position: StreamPosition,
  wanted: Wanted | undefined,
): Promise<StreamPlan | Reached> {
  try {
    const lanes = await lanesOf(projector, planning, position, wanted);
    if (lanes.length === 0) return position;
    if (lanes.every(({ events }) => events.length === 0)) return { ...position, because: 'beyond' };
    return planStream(planning, position, lanes);
  } catch (error) {
    // An object that cannot be read (its aggregate left the app, it has too much to do) holds back its stream alone.
    const { tenant, stream } = position;
    projector.log('warn', { operation: 'read-stream', tenant, stream, error: String(error) });
    return { ...position, because: 'stuck' };
  }
}

/** The shared checkpoint's way to what is wanted, and every catching-up straggler's way to the shared checkpoint. */
function lanesOf(
  projector: Projector,
  planning: Planning,
  position: StreamPosition,
  wanted: Wanted | undefined,
): Promise<Lane[]> {
  const behind = position.stragglers.filter((one) => isBehind(planning, position, one));
  const shared = wanted && position.version < wanted.version ? [position.version] : [];
  return Promise.all([
    ...shared.map(async (read) => ({
      generation: SHARED,
      read,
      events: await eventsToApply(projector, position, read, wanted?.events ?? []),
    })),
    ...behind.map(async ({ generation, version: read }) => {
      const events = await eventsToApply(projector, position, read, wanted?.events ?? []);
      return { generation, read, events: events.slice(0, position.version - read) };
    }),
  ]);
}

/** A parked straggler waits, and one whose generation is out of step altogether is its build's business. */
function isBehind(
  { followers }: Planning,
  { version }: StreamPosition,
  straggler: Straggler,
): boolean {
  const moves = followers.some((one) => generationKey(one) === straggler.generation);
  return moves && !straggler.parked && straggler.version < version;
}

function isCatchingUp(planning: Planning, position: StreamPosition): boolean {
  return position.stragglers.some((one) => isBehind(planning, position, one));
}

/** From the message where its events join on to the checkpoint, else from the object. */
async function eventsToApply(
  { readStream }: Projector,
  { tenant, stream }: StreamPosition,
  after: number,
  delivered: readonly StoredEvent[],
): Promise<StoredEvent[]> {
  const atHand = eventsAfter(after, delivered);
  if (atHand.length > 0) return atHand.slice(0, PAGE_EVENTS);
  return readStream(tenant, stream, after, PAGE_EVENTS);
}

/**
 * Reactors act before the checkpoint moves, so what they did is repeated rather than lost. Who cannot, falls out of
 * step before that event, and tries again; when that was of no use for a long time, it is parked.
 */
async function callReactors({ projector, planning }: Round, plan: StreamPlan): Promise<StreamPlan> {
  const refusals = new Map<string, Refusal>();
  for (const call of plan.calls) {
    const { generation, event } = call;
    if (refusals.has(generation)) continue;
    try {
      await projector.carryOut(call);
    } catch (error) {
      const isHopeless = !keepsTrying(planning, generation) && !isYoung(event, planning.nowMs);
      const parks = error instanceof DefiniteFailure || isHopeless;
      refusals.set(generation, { version: event.version, error, parks });
    }
  }
  if (refusals.size === 0) return plan;
  return planStream(planning, plan.position, plan.lanes, refusals);
}

function keepsTrying({ followers }: Planning, generation: string): boolean {
  return followers.some(
    (one) => generationKey(one) === generation && 'react' in one && one.keepsTrying === true,
  );
}

/** One batch in the good case; when a row is refused, halves, until the failing event stands alone. */
async function commit(round: Round, plans: readonly StreamPlan[]): Promise<Reached[]> {
  const [first, ...others] = plans;
  if (!first) return [];
  const { projector, set, watched } = round;
  const now = new Date(projector.nowMs()).toISOString();
  const plan = planBatch(plans);
  const written = await writeBatch(projector.database, plan, set.revision, now, watched);
  if (written === 'written') return Promise.all(plans.map((plan) => afterWriting(round, plan)));
  if (written === 'lost-race') return plans.map(({ position }) => raced(position));
  if (others.length === 0) return corner(round, first, written.refused);
  const middle = Math.ceil(plans.length / 2);
  return [
    ...(await commit(round, plans.slice(0, middle))),
    ...(await commit(round, plans.slice(middle))),
  ];
}

/** A single stream was refused: what comes before the failing event goes through, the event itself is parked. */
async function corner(round: Round, plan: StreamPlan, error: unknown): Promise<Reached[]> {
  const less = lessOf(round.planning, plan);
  const next = less ?? (await withoutTheRefused(round, plan));
  if (!next) return [stuck(round, plan, error)];
  const results = await commit(round, [next]);
  return results.map((result) => ({ ...result, because: result.because ?? 'more' }));
}

/** Nobody's row is refused, so it is the journal's own. An event is never left out of that. */
function stuck({ projector }: Round, { position }: StreamPlan, error: unknown): Reached {
  const { tenant, stream, version } = position;
  projector.log('error', { operation: 'journal', tenant, stream, version, error: String(error) });
  return { ...position, because: 'stuck' };
}

/** Who among several followers cannot take the event is asked of D1, each alone, in batches that never commit. */
async function withoutTheRefused(
  { projector, planning }: Round,
  plan: StreamPlan,
): Promise<StreamPlan | undefined> {
  const [lane] = plan.lanes;
  const [event] = lane?.events ?? [];
  if (!lane || !event) return undefined;
  const refusals = new Map<string, Refusal>();
  for (const follower of followersOf(planning, plan.position, lane)) {
    const error = await refusalOf(projector, follower, event);
    if (error === undefined) continue;
    refusals.set(generationKey(follower), { version: event.version, error, parks: true });
  }
  return refusals.size === 0 ? undefined : planStream(planning, plan.position, [lane], refusals);
}

const NEVER_COMMITS = "SELECT json('what comes before was only tried')";

async function refusalOf(
  { app, database }: Projector,
  follower: Follower,
  event: StoredEvent,
): Promise<unknown> {
  const changes = handled(follower, () => recordedEvent(app, event));
  const layers = layersOf(changes.map((change) => ({ tenant: event.tenant, change })));
  const statements = layers.flatMap((layer) => prepare(database, rowStatements(layer)));
  const tried = runBatch(database, [...statements, database.prepare(NEVER_COMMITS)]);
  const written = await tried.catch((error: unknown) => {
    if (String(error).includes('malformed JSON')) return 'written';
    throw error;
  });
  return typeof written === 'object' ? written.refused : undefined;
}

/** What a handler throws is parked when the stream is planned; here it has nothing to try. */
function handled(follower: Follower, event: () => ReturnType<typeof recordedEvent>) {
  try {
    return 'react' in follower ? [] : follower.handle(event());
  } catch {
    return [];
  }
}

async function afterWriting(
  { projector, set, planning }: Round,
  plan: StreamPlan,
): Promise<Reached> {
  const position = positionAfter(plan);
  const { tenant, stream } = position;
  for (const { generation, event, error } of plan.parked) {
    const { version, type } = event;
    const line = { operation: 'park', tenant, stream, generation, version, type };
    projector.log('error', { ...line, error: String(error) });
  }
  if (plan.parked.length > 0) await pauseWhatParksEverywhere(projector, set, plan.parked);
  const waitsFor = plan.waiting ?? plan.stalled[0]?.error;
  if (waitsFor !== undefined) {
    projector.log('warn', { operation: 'wait', tenant, stream, error: String(waitsFor) });
    return { ...position, because: 'waiting' };
  }
  return isCatchingUp(planning, position) ? { ...position, because: 'more' } : position;
}

function raced(position: StreamPosition): Reached {
  return { ...position, because: 'raced' };
}
