/** Dead letters in D1: found, let go, left out. Called by the routes, by advance and by the sweep. */
import { type Parking, SHARED } from '../../core/advance.ts';
import { type DeadLetterStatus, deadLetterId } from '../../core/dead-letter.ts';
import { generationKey, type ServingSet } from '../../core/generation.ts';
import { advance, type Wanted } from './advance.ts';
import { pause } from './generations.ts';
import type { Projector } from './projector.ts';
import { runBatch } from './run-batch.ts';

export interface DeadLetter {
  readonly id: string;
  /** Whose: a projection's version; empty where the stream's delivery failed as a whole. */
  readonly generation: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly error: string;
  readonly attempts: number;
  readonly status: DeadLetterStatus;
  readonly parkedAt: string;
  readonly resolvedAt: string | null;
  readonly actor: string | null;
  readonly reason: string | null;
}

/** With what only its own page shows. */
export interface WholeDeadLetter extends DeadLetter {
  readonly stack: string;
  /** As it was stored; the message's own text where it held no event. */
  readonly event: unknown;
}

export interface DeadLetterFilter {
  readonly projection?: string | undefined;
  readonly aggregate?: string | undefined;
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly status?: DeadLetterStatus | undefined;
}

const COLUMNS = `id, generation, stream, version, type, error, attempts, status, parked_at AS parkedAt,
  resolved_at AS resolvedAt, actor, reason`;

/** A filter that is not given filters nothing. `0` is the character after the slash, `A` the one after the `@`. */
const MATCHES = `tenant = ?1 AND id > ?2
  AND (?3 IS NULL OR generation >= ?3 || '@' AND generation < ?3 || 'A')
  AND (?4 IS NULL OR stream >= ?4 || '/' AND stream < ?4 || '0')
  AND (?5 IS NULL OR stream = ?5) AND (?6 IS NULL OR type = ?6) AND (?7 IS NULL OR status = ?7)`;

function matching(tenant: string, filter: DeadLetterFilter, after = '') {
  const { projection, aggregate, stream, type, status } = filter;
  return [tenant, after, projection, aggregate, stream, type, status].map((value) => value ?? null);
}

export async function listDeadLetters(
  database: D1Database,
  tenant: string,
  filter: DeadLetterFilter,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<DeadLetter[]> {
  const { results } = await database
    .prepare(`SELECT ${COLUMNS} FROM dead_letter WHERE ${MATCHES} ORDER BY id LIMIT ?8`)
    .bind(...matching(tenant, filter, page.after), page.limit)
    .all<DeadLetter>();
  return results;
}

export async function readDeadLetter(
  database: D1Database,
  tenant: string,
  id: string,
): Promise<WholeDeadLetter | undefined> {
  const row = await database
    .prepare(`SELECT ${COLUMNS}, stack, event FROM dead_letter WHERE tenant = ? AND id = ?`)
    .bind(tenant, id)
    .first<WholeDeadLetter & { event: string }>();
  return row ? { ...row, event: JSON.parse(row.event) } : undefined;
}

const LET_GO = `
  UPDATE dead_letter SET status = 'redriving' WHERE tenant = ?1 AND id IN (
    SELECT id FROM dead_letter WHERE ${MATCHES} ORDER BY id LIMIT ?8)
  RETURNING id, generation, stream, version`;

const CONTINUE_BUILDS = `
  UPDATE generation SET state = 'following', reason = NULL, changed_at = ?2
  WHERE state = 'stopped' AND projection || '@' || version IN (SELECT value FROM json_each(?1))
  RETURNING projection`;

const PASSED = `
  UPDATE dead_letter SET status = 'redriven', resolved_at = ?3
  WHERE tenant = ?1 AND status = 'redriving' AND generation = '' AND id IN (SELECT value FROM json_each(?2))`;

const STILL_PARKED = `
  SELECT count(*) AS parked FROM dead_letter
  WHERE tenant = ?1 AND status = 'parked' AND id IN (SELECT value FROM json_each(?2))`;

export interface Redriven {
  /** How many were let go. */
  readonly tried: number;
  /** How many of them failed again. */
  readonly parkedAgain: number;
}

type LetGo = Pick<DeadLetter, 'id' | 'generation' | 'stream' | 'version'>;

/** Lets the parked ones go that match, up to `limit`, and brings their streams up to date, in order. */
export async function redrive(
  projector: Projector,
  tenant: string,
  filter: DeadLetterFilter & { readonly id?: string | undefined },
  limit: number,
): Promise<Redriven> {
  const { database, nowMs } = projector;
  const now = new Date(nowMs()).toISOString();
  const { results: released } =
    filter.id === undefined
      ? await database
          .prepare(LET_GO)
          .bind(...matching(tenant, { ...filter, status: 'parked' }), limit)
          .all<LetGo>()
      : await letGoOne(database, tenant, filter.id);
  if (released.length === 0) return { tried: 0, parkedAgain: 0 };
  await continueBuilds(projector, released, now);
  const reached = await advance(
    projector,
    released.map((one) => wantedBy(tenant, one)),
  );
  const ids = JSON.stringify(released.map(({ id }) => id));
  const delivered = released.filter(({ generation, stream, version }) => {
    const position = reached.get(`${tenant}/${stream}`);
    return generation === SHARED && position && position.version >= version;
  });
  await database
    .prepare(PASSED)
    .bind(tenant, JSON.stringify(delivered.map(({ id }) => id)), now)
    .run();
  const again = await database.prepare(STILL_PARKED).bind(tenant, ids).first<{ parked: number }>();
  return { tried: released.length, parkedAgain: again?.parked ?? 0 };
}

function letGoOne(database: D1Database, tenant: string, id: string) {
  return database
    .prepare(
      `UPDATE dead_letter SET status = 'redriving' WHERE tenant = ? AND id = ? AND status = 'parked'
       RETURNING id, generation, stream, version`,
    )
    .bind(tenant, id)
    .all<LetGo>();
}

/** A straggler's way leads to the shared checkpoint, wherever that is; a failed delivery's to its version. */
function wantedBy(tenant: string, { generation, stream, version }: LetGo): Wanted {
  return { tenant, stream, version: generation === SHARED ? version : 0, events: [] };
}

async function continueBuilds(
  { database, wakeBuild }: Projector,
  released: readonly LetGo[],
  now: string,
): Promise<void> {
  const generations = JSON.stringify(released.map(({ generation }) => generation));
  const { results } = await database
    .prepare(CONTINUE_BUILDS)
    .bind(generations, now)
    .all<{ projection: string }>();
  await Promise.all(results.map(({ projection }) => wakeBuild(projection)));
}

/** Only what is parked can be discarded, and only once: NULL in the checkpoint rolls the batch back. */
const SKIP = `
  UPDATE checkpoint SET version = CASE WHEN EXISTS (
      SELECT 1 FROM dead_letter WHERE tenant = ?1 AND id = ?2 AND status = 'parked') THEN ?5 END
  WHERE tenant = ?1 AND stream = ?3 AND projection = ?4 AND version = ?5 - 1`;

const DISCARD = `
  UPDATE dead_letter SET status = 'discarded', resolved_at = ?3, actor = ?4, reason = ?5
  WHERE tenant = ?1 AND id = ?2 AND status = 'parked'`;

/** Leaves an event out for its generation, for a recorded reason. False when it was not parked any more. */
export async function discard(
  projector: Projector,
  tenant: string,
  { id, generation, stream, version }: DeadLetter,
  by: { readonly actor: string; readonly reason: string },
): Promise<boolean> {
  const { database, nowMs } = projector;
  const now = new Date(nowMs()).toISOString();
  const written = await runBatch(database, [
    database.prepare(SKIP).bind(tenant, id, stream, generation, version),
    database.prepare(DISCARD).bind(tenant, id, now, by.actor, by.reason),
  ]);
  if (written !== 'written') return false;
  await continueBuilds(projector, [{ id, generation, stream, version }], now);
  if (stream !== '') await advance(projector, [{ tenant, stream, version: 0, events: [] }]);
  return true;
}

/** Marks a delivery as given up, so that somebody sees it. Its stream's alarm goes on trying all the same. */
export async function recordUndelivered(
  { database, nowMs }: Projector,
  message: {
    readonly id: string;
    readonly tenant: string;
    readonly stream: string;
    readonly version: number;
    readonly content: unknown;
  },
): Promise<void> {
  const { tenant, stream, version, content } = message;
  const isOurs = stream !== '';
  const id = isOurs ? deadLetterId(SHARED, { stream, version }) : `message/${message.id}`;
  await database
    .prepare(
      `INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
         parked_at) VALUES (?1, ?2, '', ?3, ?4, '', ?5, ?6, '', 1, 'parked', ?7)
       ON CONFLICT (tenant, id) DO UPDATE SET attempts = attempts + 1, status = 'parked', parked_at = ?7`,
    )
    .bind(
      tenant,
      id,
      stream,
      version,
      JSON.stringify(content),
      isOurs ? 'The queue has used up its retries.' : 'This is not a message of ours.',
      new Date(nowMs()).toISOString(),
    )
    .run();
}

/** So many streams within a minute are no accident of their events. */
const PARKED_STREAMS_MAX = 100;

const PARKED_LATELY = `
  SELECT count(*) AS parked FROM dead_letter WHERE generation = ? AND status = 'parked' AND parked_at > ?`;

/** A generation that parks on stream after stream has a bug: it is paused as a whole, so that it can catch up at once. */
export async function pauseWhatParksEverywhere(
  projector: Projector,
  set: ServingSet,
  parked: readonly Parking[],
): Promise<void> {
  const since = new Date(projector.nowMs() - 60_000).toISOString();
  for (const key of new Set(parked.map(({ generation }) => generation))) {
    const found = await projector.database
      .prepare(PARKED_LATELY)
      .bind(key, since)
      .first<{ parked: number }>();
    const count = found?.parked ?? 0;
    const generation = set.generations.find(
      ({ projection, version }) => generationKey({ name: projection, version }) === key,
    );
    if (count < PARKED_STREAMS_MAX || !generation) continue;
    await pause(projector, generation, `It parked on ${count} streams within a minute.`);
    projector.log('error', { operation: 'pause', generation: key, parked: count });
  }
}
