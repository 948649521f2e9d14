/**
 * The walk over all streams that D1 knows: it compares each with the head of its object, a bounded number at a time, and
 * delivers what D1 lacks. An object that has less than D1 was restored to an earlier time, and takes it back. The cron
 * walks one round a day, so that a deployment without traffic costs next to nothing.
 */
import type { LaggingStream, SweptRound } from '../../core/operator-shapes/verification.ts';
import { streamKey } from '../projections/positions.ts';
import { requireAvailable } from '../projections/projection-round.ts';
import { runProjections } from '../projections/run-projections.ts';
import type { Projector } from '../projector/projector.ts';

interface KnownStream {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
}

export interface SweepResult extends SweptRound {
  readonly behind: readonly LaggingStream[];
}

/** `daily`: after a round the walk rests until a day has passed since the round began. `now`: it begins again. */
export type SweepPace = 'daily' | 'now';

/** Our limit per minute: 50,400 a day, half of what a free account may call objects. */
const STREAMS_PER_TICK = 35;

const ROUND_MS_MIN = 86_400_000;

export const NOTHING_SWEPT: SweepResult = { streams: 0, behind: [], repaired: 0, done: false };

interface Place {
  readonly tenant: string;
  readonly stream: string;
  /** When the round began. */
  readonly beganAt: number;
}

const READ_PLACE = 'SELECT tenant, stream, began_at AS beganAt FROM sweep';

const START: Place = { tenant: '', stream: '', beganAt: 0 };

/** Includes streams with a lagging checkpoint: a process may have ended before it caught up. */
const NEXT_STREAMS = `
  SELECT tenant, stream, max(CASE projection WHEN '' THEN version END) AS version, count(*) > 1 AS lags
  FROM checkpoint WHERE (tenant, stream) > (?, ?)
  GROUP BY tenant, stream ORDER BY tenant, stream LIMIT ?`;

const MOVE_ON = `
  INSERT INTO sweep (id, tenant, stream, began_at) VALUES (1, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, stream = excluded.stream, began_at = excluded.began_at`;

interface Walk {
  readonly streams: number;
  readonly pace: SweepPace;
  /** Streams that this sweep has handled already, which are not counted again. */
  readonly known: ReadonlySet<string>;
}

export async function walkStreams(projector: Projector, walk: Walk): Promise<SweepResult> {
  const { database, nowMs } = projector;
  const place = (await database.prepare(READ_PLACE).first<Place>()) ?? START;
  const begins = place.stream === '';
  const isDaily = walk.pace === 'daily';
  if (isDaily && begins && nowMs() - place.beganAt < ROUND_MS_MIN) return NOTHING_SWEPT;
  const limit = isDaily ? Math.min(walk.streams, STREAMS_PER_TICK) : walk.streams;
  const { results } = await database
    .prepare(NEXT_STREAMS)
    .bind(place.tenant, place.stream, limit)
    .all<KnownStream & { lags: number }>();
  const repaired = await repair(projector, results);
  const last = results.length === limit ? results.at(-1) : undefined;
  await database
    .prepare(MOVE_ON)
    .bind(last?.tenant ?? '', last?.stream ?? '', begins ? nowMs() : place.beganAt)
    .run();
  const count = results.filter((stream) => !walk.known.has(streamKey(stream))).length;
  return { ...repaired, streams: count, done: last === undefined };
}

/** Delivers streams whose objects have more than D1, and streams with a lagging checkpoint. */
async function repair(
  projector: Projector,
  streams: readonly (KnownStream & { readonly lags: number })[],
): Promise<Pick<SweepResult, 'behind' | 'repaired'>> {
  const behind = await laggingStreams(projector, streams);
  const lagging = streams.filter(({ lags }) => lags === 1);
  const reached = await runProjections(projector, [
    ...behind.map(({ head, ...stream }) => ({ ...stream, version: head, events: [] })),
    ...lagging.map(({ lags: _lags, ...stream }) => ({ ...stream, events: [] })),
  ]);
  requireAvailable(reached);
  const repaired = behind.filter((one) => (reached.get(streamKey(one))?.version ?? 0) >= one.head);
  return { behind, repaired: repaired.length };
}

async function laggingStreams(
  projector: Projector,
  streams: readonly KnownStream[],
): Promise<LaggingStream[]> {
  const heads = await Promise.all(streams.map((stream) => headOf(projector, stream)));
  await Promise.all(
    streams.map((stream, index) => confirmLost(projector, stream, heads[index] ?? Infinity)),
  );
  return streams.flatMap((stream, index) => {
    const head = heads[index] ?? 0;
    const { tenant, stream: name, version } = stream;
    return head > version ? [{ tenant, stream: name, version, head }] : [];
  });
}

/** Tells an object that D1 has events that it has lost: it reports that, and takes them back. */
async function confirmLost(
  projector: Projector,
  { tenant, stream, version }: KnownStream,
  head: number,
): Promise<void> {
  if (head >= version) return;
  await projector
    .confirm(tenant, stream, version)
    .catch((error: unknown) =>
      projector.log('error', { operation: 'sweep', tenant, stream, error }),
    );
}

/** An object that cannot be read now is left for the next round. */
async function headOf(
  projector: Projector,
  { tenant, stream }: KnownStream,
): Promise<number | undefined> {
  try {
    return await projector.readHead(tenant, stream);
  } catch (error) {
    projector.log('warn', { operation: 'sweep', tenant, stream, error });
    return undefined;
  }
}
