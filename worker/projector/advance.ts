/**
 * `advance` is the only way the projections move: on time, late, duplicated or out of order alike. Called by the
 * queue's consumer and by queries that carry a token. Delivery may repeat and reorder and consumers may run side by
 * side: every event takes effect exactly once, in its stream's order.
 */
import {
  type Checkpoint,
  eventsAfter,
  firstHalf,
  planBatch,
  planStream,
  type StreamPlan,
} from '../../core/advance.ts';
import type { App } from '../../core/app.ts';
import type { StoredEvent } from '../../core/event.ts';
import type { Log } from '../log.ts';
import { readCheckpoints } from './checkpoints.ts';
import { writeBatch } from './write-batch.ts';

/** What advance works with, for one database. */
export interface Projector {
  readonly app: App;
  readonly database: D1Database;
  /** Reads a page of a stream from its object, which is the truth. */
  readonly readStream: (
    tenant: string,
    stream: string,
    after: number,
    limit: number,
  ) => Promise<StoredEvent[]>;
  readonly log: Log;
}

/** A stream to bring up to a version, with the events that happen to be at hand. */
export interface Wanted {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly events: readonly StoredEvent[];
}

/** Where a stream stands afterwards; behind what was wanted when something was in the way. */
export type Reached = Checkpoint & {
  /** `more`: there is another page. `raced`: others kept winning. `beyond`: the object has no such version. */
  readonly because?: 'more' | 'raced' | 'beyond' | 'refused';
};

const PAGE_EVENTS = 1_000;
const ROUNDS_MAX = 20;

/** Where each wanted stream stands, by `streamKey`. Streams may be wanted several times. */
export async function advance(
  projector: Projector,
  wanted: readonly Wanted[],
): Promise<Map<string, Reached>> {
  const reached = new Map<string, Reached>();
  let open = mergeByStream(wanted);
  for (let round = 0; round < ROUNDS_MAX && open.length > 0; round++) {
    for (const result of await advanceOnce(projector, open)) reached.set(streamKey(result), result);
    open = open.filter((stream) => isOpen(stream, reached.get(streamKey(stream))));
  }
  return reached;
}

export function streamKey({ tenant, stream }: Pick<Checkpoint, 'tenant' | 'stream'>): string {
  return `${tenant}/${stream}`;
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

/** Reads the checkpoints, plans a page for each stream, writes them together. */
async function advanceOnce(projector: Projector, wanted: readonly Wanted[]): Promise<Reached[]> {
  const found = await readCheckpoints(projector.database, wanted);
  const checkpoints = new Map(found.map((checkpoint) => [streamKey(checkpoint), checkpoint]));
  const prepared = await Promise.all(
    wanted.map((stream) => {
      const { tenant, stream: name } = stream;
      const start = { tenant, stream: name, version: 0 };
      return prepare(projector, stream, checkpoints.get(streamKey(stream)) ?? start);
    }),
  );
  const plans = prepared.filter((step) => 'changes' in step);
  const settled = prepared.filter((step) => 'version' in step);
  return [...settled, ...(await commit(projector, plans))];
}

/** The plan for a stream, or where it stands when there is nothing to do. */
async function prepare(
  projector: Projector,
  wanted: Wanted,
  checkpoint: Checkpoint,
): Promise<StreamPlan | Reached> {
  if (checkpoint.version >= wanted.version) return checkpoint;
  try {
    const events = await eventsToApply(projector, wanted, checkpoint.version);
    if (events.length === 0) return { ...checkpoint, because: 'beyond' };
    return planStream(projector.app, checkpoint, events);
  } catch (error) {
    // An object that cannot be read (its aggregate left the app, it has too much to do) holds back its stream alone.
    const { tenant, stream } = checkpoint;
    projector.log('warn', { operation: 'read-stream', tenant, stream, error: String(error) });
    return { ...checkpoint, because: 'refused' };
  }
}

/** From the message where its events join on to the checkpoint, else from the object. */
async function eventsToApply(
  { readStream }: Projector,
  { tenant, stream, events }: Wanted,
  after: number,
): Promise<StoredEvent[]> {
  const atHand = eventsAfter(after, events);
  if (atHand.length > 0) return atHand.slice(0, PAGE_EVENTS);
  return readStream(tenant, stream, after, PAGE_EVENTS);
}

/** One batch in the good case; when a row is refused, halves, until the failing event stands alone. */
async function commit(projector: Projector, plans: readonly StreamPlan[]): Promise<Reached[]> {
  const [first, ...others] = plans;
  if (!first) return [];
  const written = await writeBatch(projector.database, planBatch(plans));
  if (written === 'written') return plans.map((plan) => afterWriting(projector, plan));
  if (written === 'lost-race') return plans.map((plan) => unmoved(plan, 'raced'));
  if (others.length === 0) return [await corner(projector, first, written.refused)];
  const middle = Math.ceil(plans.length / 2);
  return [
    ...(await commit(projector, plans.slice(0, middle))),
    ...(await commit(projector, plans.slice(middle))),
  ];
}

/** A single stream was refused: what comes before the failing event still goes through. */
async function corner(projector: Projector, plan: StreamPlan, error: unknown): Promise<Reached> {
  const half = firstHalf(projector.app, plan);
  if (!half) {
    const type = plan.journal[0]?.type ?? '';
    return refuse(projector, plan, { version: plan.read + 1, type, error });
  }
  const [result] = await commit(projector, [half]);
  if (!result) return unmoved(plan, 'raced');
  return result.because === undefined ? { ...result, because: 'more' } : result;
}

function afterWriting(projector: Projector, plan: StreamPlan): Reached {
  if (plan.failure) return refuse(projector, { ...plan, read: plan.next }, plan.failure);
  return { tenant: plan.tenant, stream: plan.stream, version: plan.next };
}

function refuse(
  { log }: Projector,
  plan: StreamPlan,
  { version, type, error }: NonNullable<StreamPlan['failure']>,
): Reached {
  const { tenant, stream } = plan;
  log('error', { operation: 'project', tenant, stream, version, type, error: String(error) });
  return unmoved(plan, 'refused');
}

function unmoved(
  { tenant, stream, read }: StreamPlan,
  because: NonNullable<Reached['because']>,
): Reached {
  return { tenant, stream, version: read, because };
}
