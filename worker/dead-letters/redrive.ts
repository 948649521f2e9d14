/** Redrives or discards parked events, and brings their streams up to date. */

import { inboundNamed, isInboundSql } from '../../core/inbound/inbound.ts';
import type { DeadLetter } from '../../core/operator-shapes/dead-letter.ts';
import { buildKeySql } from '../../core/plan/keys.ts';
import { SHARED_CHECKPOINT } from '../../core/plan/plan-stream.ts';
import { runD1Batch } from '../d1/run-d1-batch.ts';
import { streamKey } from '../projections/positions.ts';
import { requireAvailable } from '../projections/projection-round.ts';
import { runProjections, type StreamDelivery } from '../projections/run-projections.ts';
import type { Projector } from '../projector/projector.ts';
import { type DeadLetterFilter, MATCHES, matching } from './dead-letters.ts';

/** A message of an inbound stays parked until it is handled: nothing else would find it if this call ended before. */
const RELEASED = `CASE WHEN ${isInboundSql('generation')} THEN status ELSE 'redriving' END`;

const LET_GO = `
  UPDATE dead_letter SET status = ${RELEASED} WHERE tenant = ?1 AND id IN (
    SELECT id FROM dead_letter WHERE ${MATCHES} ORDER BY id LIMIT ?9)
  RETURNING id, generation, stream, version`;

const LET_GO_ONE = `
  UPDATE dead_letter SET status = ${RELEASED} WHERE tenant = ? AND id = ? AND status = 'parked'
  RETURNING id, generation, stream, version`;

const CONTINUE_BUILDS = `
  UPDATE generation SET state = 'catching-up', reason = NULL, changed_at = ?2
  WHERE state = 'stopped' AND ${buildKeySql('generation')}
    IN (SELECT value FROM json_each(?1))
  RETURNING projection`;

const PASSED = `
  UPDATE dead_letter SET status = 'redriven', resolved_at = ?3
  WHERE tenant = ?1 AND status = 'redriving' AND generation = '' AND id IN (SELECT value FROM json_each(?2))`;

const STILL_PARKED = `
  SELECT count(*) AS parked FROM dead_letter
  WHERE tenant = ?1 AND status = 'parked' AND id IN (SELECT value FROM json_each(?2))`;

export interface RedriveResult {
  /** The number of redriven dead letters. */
  readonly tried: number;
  /** The last of them, for the next page: those that fail again are listed again. */
  readonly after?: string;
  /** The number that failed again. */
  readonly parkedAgain: number;
}

type ReleasedLetter = Pick<DeadLetter, 'id' | 'generation' | 'stream' | 'version'>;

/** A dead letter that is a message of an inbound. */
export type RedriveInbound = (parked: Pick<DeadLetter, 'id' | 'generation'>) => Promise<void>;

/** With what dead letters are redriven. */
export interface Redriver {
  readonly projector: Projector;
  readonly redriveInbound: RedriveInbound;
}

/** Redrives the parked dead letters that match, up to `limit`, and brings their streams up to date, in order. */
export async function redriveMatching(
  redriver: Redriver,
  tenant: string,
  filter: DeadLetterFilter,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<RedriveResult> {
  const { results } = await redriver.projector.database
    .prepare(LET_GO)
    .bind(...matching(tenant, { ...filter, status: 'parked' }, page.after), page.limit)
    .all<ReleasedLetter>();
  const redriven = await redrive(redriver, tenant, results);
  const last = results
    .map(({ id }) => id)
    .sort()
    .at(-1);
  return last === undefined ? redriven : { ...redriven, after: last };
}

/** Redrives one dead letter. `tried` is 0 if it was not parked. */
export async function redriveOne(
  redriver: Redriver,
  tenant: string,
  id: string,
): Promise<RedriveResult> {
  const { results } = await redriver.projector.database
    .prepare(LET_GO_ONE)
    .bind(tenant, id)
    .all<ReleasedLetter>();
  return redrive(redriver, tenant, results);
}

async function redrive(
  { projector, redriveInbound }: Redriver,
  tenant: string,
  all: readonly ReleasedLetter[],
): Promise<RedriveResult> {
  if (all.length === 0) return { tried: 0, parkedAgain: 0 };
  const { database, nowMs } = projector;
  const now = new Date(nowMs()).toISOString();
  const released = all.filter(({ generation }) => inboundNamed(generation) === undefined);
  for (const letter of all) if (!released.includes(letter)) await redriveInbound(letter);
  await continueBuilds(projector, released, now);
  const wanted = released.map((one) => deliveryOf(tenant, one));
  const reached = await runProjections(projector, wanted, { notify: 'all' });
  requireAvailable(reached);
  const delivered = released.filter(({ generation, stream, version }) => {
    const position = reached.get(streamKey({ tenant, stream }));
    return (
      generation === SHARED_CHECKPOINT && position !== undefined && position.version >= version
    );
  });
  const [, again] = await database.batch<{ parked: number }>([
    database.prepare(PASSED).bind(tenant, idsOf(delivered), now),
    database.prepare(STILL_PARKED).bind(tenant, idsOf(all)),
  ]);
  return { tried: all.length, parkedAgain: again?.results[0]?.parked ?? 0 };
}

function idsOf(letters: readonly ReleasedLetter[]): string {
  return JSON.stringify(letters.map(({ id }) => id));
}

/** A lagging checkpoint catches up with the shared one; a failed delivery with its own version. */
function deliveryOf(
  tenant: string,
  { generation, stream, version }: ReleasedLetter,
): StreamDelivery {
  return { tenant, stream, version: generation === SHARED_CHECKPOINT ? version : 0, events: [] };
}

async function continueBuilds(
  { database, wakeBuild }: Projector,
  released: readonly ReleasedLetter[],
  now: string,
): Promise<void> {
  const generations = JSON.stringify(released.map(({ generation }) => generation));
  const { results } = await database
    .prepare(CONTINUE_BUILDS)
    .bind(generations, now)
    .all<{ projection: string }>();
  await Promise.all(results.map(({ projection }) => wakeBuild(projection)));
}

/**
 * Only a parked event can be discarded, and only once: NULL in the checkpoint rolls the batch back. The shared
 * checkpoint never moves this way, because the journal skips no event.
 */
const SKIP = `
  UPDATE checkpoint SET version = CASE WHEN EXISTS (
      SELECT 1 FROM dead_letter WHERE tenant = ?1 AND id = ?2 AND status = 'parked') THEN ?5 END
  WHERE tenant = ?1 AND stream = ?3 AND projection = ?4 AND projection <> '' AND version = ?5 - 1`;

/** What is discarded of an inbound is kept no longer. */
const DISCARD = `
  UPDATE dead_letter SET status = 'discarded', resolved_at = ?3, actor = ?4, reason = ?5,
    event = CASE WHEN ${isInboundSql('generation')} THEN 'null' ELSE event END
  WHERE tenant = ?1 AND id = ?2 AND status = 'parked'`;

/** Skips an event for its generation, for a recorded reason. False if it was no longer parked. */
export async function discard(
  projector: Projector,
  tenant: string,
  { id, generation, stream, version }: DeadLetter,
  by: { readonly actor: string; readonly reason: string },
): Promise<boolean> {
  const { database, nowMs } = projector;
  const now = new Date(nowMs()).toISOString();
  const { outcome } = await runD1Batch(database, [
    database.prepare(SKIP).bind(tenant, id, stream, generation, version),
    database.prepare(DISCARD).bind(tenant, id, now, by.actor, by.reason),
  ]);
  if (outcome !== 'written') return false;
  await continueBuilds(projector, [{ id, generation, stream, version }], now);
  if (stream !== '')
    requireAvailable(await runProjections(projector, [{ tenant, stream, version: 0, events: [] }]));
  return true;
}
