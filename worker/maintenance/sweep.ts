/**
 * Repairs what other parts have missed: streams with open incidents, streams whose object has more events than D1, dead
 * letters whose redrive was interrupted, builds whose object was evicted. Runs at each cron tick, on a bounded number
 * of streams, and on demand.
 */
import type { KnownIncident } from '../../core/failures/incident.ts';
import { buildKeySql } from '../../core/plan/keys.ts';
import { deliverRegistered, resolvedBy } from '../health/deliver-registered.ts';
import { fitToCode } from '../projections/fit-to-code.ts';
import { streamKey } from '../projections/positions.ts';
import { runProjections } from '../projections/run-projections.ts';
import { currentServingSet } from '../projections/serving-set.ts';
import type { Projector } from '../projector/projector.ts';
import { Steps } from './steps.ts';
import { NOTHING_SWEPT, type SweepPace, type SweepResult, walkStreams } from './walk-streams.ts';

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

export interface SweepOrder {
  readonly streams: number;
  readonly pace: SweepPace;
  /** The registered streams of this database. */
  readonly registered: () => Promise<readonly KnownIncident[]>;
}

/**
 * Sweeps one database.
 *
 * @throws the first failure of a step, after all other steps
 */
export async function sweep(
  projector: Projector,
  { streams, pace, registered: takeRegistered }: SweepOrder,
): Promise<SweepResult> {
  const { database, log, nowMs } = projector;
  const steps = new Steps(log);
  await steps.run('continue-builds', () => resumeBuilds(projector));
  const registered =
    (await steps.run('deliver-registered', async () =>
      sweepRegistered(projector, await takeRegistered()),
    )) ?? NOTHING_SWEPT;
  await steps.run('finish-redrives', () => finishRedrives(projector, streams));
  const known = new Set(registered.behind.map(streamKey));
  const walked = await steps.run('sweep-streams', () =>
    walkStreams(projector, { streams, pace, known }),
  );
  await steps.run('resolve-passed', () =>
    database.prepare(PASSED).bind(new Date(nowMs()).toISOString()).run(),
  );
  steps.end();
  return together(registered, walked ?? NOTHING_SWEPT);
}

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

/** Begins with the streams of the health objects, which may be missing from the journal altogether. */
async function sweepRegistered(
  projector: Projector,
  taken: readonly KnownIncident[],
): Promise<Pick<SweepResult, 'behind' | 'repaired'>> {
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
    .all<{ tenant: string; stream: string }>();
  await runProjections(
    projector,
    results.map((stream) => ({ ...stream, version: 0, events: [] })),
  );
}
