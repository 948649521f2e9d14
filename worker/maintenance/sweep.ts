/**
 * Repairs what other parts have missed: streams with open incidents, streams whose object has more events than D1, dead
 * letters whose redrive was interrupted, builds whose object was evicted. Runs at each cron tick, on a bounded number
 * of streams, and on demand.
 */
import type { LaggingStream, SweptRound } from '../../core/operator-shapes/verification.ts';
import { buildKeySql } from '../../core/plan/keys.ts';
import { deliverRegistered, resolvedBy } from '../health/deliver-registered.ts';
import { fitToCode } from '../projections/fit-to-code.ts';
import { streamKey } from '../projections/positions.ts';
import { requireAvailable } from '../projections/projection-round.ts';
import { runProjections } from '../projections/run-projections.ts';
import { currentServingSet } from '../projections/serving-set.ts';
import type { Projector } from '../projector/projector.ts';
import { Steps } from './steps.ts';

interface KnownStream {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
}

export interface SweepResult extends SweptRound {
  readonly behind: readonly LaggingStream[];
}

/** Includes streams with a lagging checkpoint: a process may have ended before it caught up. */
const NEXT_STREAMS = `
  SELECT tenant, stream, max(CASE projection WHEN '' THEN version END) AS version, count(*) > 1 AS lags
  FROM checkpoint
  WHERE (tenant, stream) > (
    coalesce((SELECT tenant FROM sweep), ''), coalesce((SELECT stream FROM sweep), ''))
  GROUP BY tenant, stream ORDER BY tenant, stream LIMIT ?`;

const MOVE_ON = `
  INSERT INTO sweep (id, tenant, stream) VALUES (1, ?, ?)
  ON CONFLICT (id) DO UPDATE SET tenant = excluded.tenant, stream = excluded.stream`;

const NEXT_REDRIVES = `SELECT DISTINCT tenant, stream FROM dead_letter WHERE status = 'redriving' AND stream <> '' LIMIT ?`;

/**
 * A dead letter is resolved once its checkpoint is past the event: for a delivery the shared checkpoint, for a
 * generation its own or, while it is live, the shared one. An event that stopped a first build and was handled later
 * is resolved here, because no plan of a stream resolves it.
 */
const PASSED = `
  UPDATE dead_letter SET status = 'redriven', resolved_at = ?
  WHERE status IN ('parked', 'redriving') AND version <= coalesce(
    (SELECT version FROM checkpoint
      WHERE tenant = dead_letter.tenant AND stream = dead_letter.stream AND projection = dead_letter.generation),
    (SELECT version FROM checkpoint
      WHERE tenant = dead_letter.tenant AND stream = dead_letter.stream AND projection = ''))
  AND NOT EXISTS (
    SELECT 1 FROM generation AS one
    WHERE ${buildKeySql('one')}
      = dead_letter.generation AND one.state NOT IN ('live', 'verified'))`;

/** @throws the first failure of a step, after all other steps */
export async function sweep(projector: Projector, streams: number): Promise<SweepResult> {
  const { database, log, nowMs } = projector;
  const steps = new Steps(log);
  await steps.run('continue-builds', () => resumeBuilds(projector));
  const registered =
    (await steps.run('deliver-registered', () => sweepRegistered(projector, streams))) ?? NOTHING;
  await steps.run('finish-redrives', () => finishRedrives(projector, streams));
  const known = new Set(registered.behind.map(streamKey));
  const walked = await steps.run('sweep-streams', () => sweepStreams(projector, streams, known));
  await steps.run('resolve-passed', () =>
    database.prepare(PASSED).bind(new Date(nowMs()).toISOString()).run(),
  );
  steps.end();
  return together(registered, walked ?? NOTHING);
}

const NOTHING: SweepResult = { streams: 0, behind: [], repaired: 0, done: false };

/**
 * Adds the streams of the health objects to the walk's result; the walk alone decides whether the round is complete.
 */
function together(
  registered: Pick<SweepResult, 'behind' | 'repaired'>,
  walked: SweepResult,
): SweepResult {
  return {
    streams: walked.streams + registered.behind.length,
    behind: [...registered.behind, ...walked.behind],
    repaired: registered.repaired + walked.repaired,
    done: walked.done,
  };
}

/** Checks the next known streams against the heads of their objects. Counts those that were not in `looked` before. */
async function sweepStreams(
  projector: Projector,
  streams: number,
  looked: ReadonlySet<string>,
): Promise<SweepResult> {
  const { database } = projector;
  const { results } = await database
    .prepare(NEXT_STREAMS)
    .bind(streams)
    .all<KnownStream & { lags: number }>();
  const behind = await laggingStreams(projector, results);
  const lagging = results.filter(({ lags }) => lags === 1);
  const reached = await runProjections(projector, [
    ...behind.map(({ head, ...stream }) => ({ ...stream, version: head, events: [] })),
    ...lagging.map(({ lags: _lags, ...stream }) => ({ ...stream, events: [] })),
  ]);
  requireAvailable(reached);
  const last = results.length === streams ? results.at(-1) : undefined;
  await database
    .prepare(MOVE_ON)
    .bind(last?.tenant ?? '', last?.stream ?? '')
    .run();
  const repaired = behind.filter((one) => (reached.get(streamKey(one))?.version ?? 0) >= one.head);
  const count = results.filter((stream) => !looked.has(streamKey(stream))).length;
  return { streams: count, behind, repaired: repaired.length, done: last === undefined };
}

/** Begins with the streams of the health objects, which may be missing from the journal altogether. */
async function sweepRegistered(
  projector: Projector,
  streams: number,
): Promise<Pick<SweepResult, 'behind' | 'repaired'>> {
  const taken = await projector.takeDeliveries(streams);
  const delivered = await deliverRegistered(projector, taken);
  await projector.resolveIncidents(delivered.map(resolvedBy));
  const behind = taken.map(({ tenant, stream, version, settledVersion }) => ({
    ...{ tenant, stream, version: settledVersion ?? 0, head: version },
  }));
  return { behind, repaired: delivered.length };
}

async function resumeBuilds(projector: Projector): Promise<void> {
  const set = await currentServingSet(projector.database);
  await fitToCode(projector, set);
  const building = set.generations.filter(({ state }) => state === 'catching-up');
  const projections = new Set(building.map(({ projection }) => projection));
  await Promise.all([...projections].map((projection) => projector.wakeBuild(projection)));
}

async function finishRedrives(projector: Projector, streams: number): Promise<void> {
  const { results } = await projector.database
    .prepare(NEXT_REDRIVES)
    .bind(streams)
    .all<Pick<KnownStream, 'tenant' | 'stream'>>();
  await runProjections(
    projector,
    results.map((stream) => ({ ...stream, version: 0, events: [] })),
  );
}

async function laggingStreams(projector: Projector, streams: readonly KnownStream[]) {
  const heads = await Promise.all(streams.map((stream) => headOf(projector, stream)));
  return streams.flatMap((stream, index) => {
    const head = heads[index] ?? 0;
    const { tenant, stream: name, version } = stream;
    return head > version ? [{ tenant, stream: name, version, head }] : [];
  });
}

/** An object that cannot be read now is left for the next round. */
async function headOf(projector: Projector, { tenant, stream }: KnownStream): Promise<number> {
  try {
    return await projector.readHead(tenant, stream);
  } catch (error) {
    projector.log('warn', { operation: 'sweep', tenant, stream, error });
    return 0;
  }
}
