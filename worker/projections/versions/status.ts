/** The status of the projections, as `GET /v1/projections` returns it. */
import { allSubscribers } from '../../../core/app.ts';
import { isInboundSql } from '../../../core/inbound/inbound.ts';
import type {
  GenerationStatus,
  Lag,
  ProjectionStatus,
} from '../../../core/operator-shapes/projection-status.ts';
import type { GenerationState, Purpose } from '../../../core/plan/generation-states.ts';
import { generationKey } from '../../../core/plan/keys.ts';
import { definedGenerations, versionOf } from '../../../core/plan/projection-version.ts';
import { firstOf, READ_HEAD } from '../../journal/page-sql.ts';
import type { Projector } from '../../projector/projector.ts';

type ProjectionState = ProjectionStatus['state'];

interface GenerationRow {
  readonly projection: string;
  readonly version: number;
  readonly purpose: Purpose;
  readonly state: GenerationState;
  readonly serving: number;
  readonly cursor: number;
  readonly startedAt: string;
  readonly startedFrom: number;
  readonly changedAt: string;
  readonly reason: string | null;
  readonly report: string | null;
  /** The first recording time in the page, or segment, that has the event after the cursor; null at the journal's head. */
  readonly nextAt: string | null;
}

const READ_GENERATIONS = `
  SELECT projection, version, purpose, state, serving, cursor, started_at AS startedAt, started_from AS startedFrom,
    changed_at AS changedAt, reason, report,
    coalesce(
      (SELECT first_recorded_at FROM journal_page
        WHERE first = ${firstOf('generation.cursor + 1')} AND first + events > generation.cursor + 1),
      (SELECT first_recorded_at FROM journal_segment WHERE last > generation.cursor ORDER BY last LIMIT 1)) AS nextAt
  FROM generation ORDER BY projection, version, purpose`;

interface ParkedRow {
  readonly generation: string;
  readonly parked: number;
  readonly events: number;
  readonly oldestAt: string;
  readonly lastError: string;
}

/**
 * With max(), SQLite takes the other columns from the same row, so that the error is the newest one. By the index of the
 * statuses: resolved dead letters are kept, and not read.
 */
const READ_PARKED = `
  SELECT generation, count(*) AS parked, min(event ->> 'recordedAt') AS oldestAt, max(parked_at), error AS lastError,
    sum(coalesce((SELECT version FROM checkpoint WHERE tenant = dead_letter.tenant
      AND stream = dead_letter.stream AND projection = ''), 0) - version + 1) AS events
  FROM (
    SELECT tenant, stream, version, generation, event, error, parked_at FROM dead_letter
    WHERE status = 'parked' AND generation > '' AND NOT ${isInboundSql('generation')} LIMIT ?) AS dead_letter
  GROUP BY generation`;

const WITHOUT_LIMIT = -1;

/** `parkedMax`: of how many parked events the rest is left out, so that looking each minute costs little. */
export async function projectionStatus(
  projector: Projector,
  parkedMax: number = WITHOUT_LIMIT,
): Promise<ProjectionStatus[]> {
  const { name: databaseName, database, app } = projector;
  const [generations, parked, newest] = await database
    .withSession('first-primary')
    .batch([
      database.prepare(READ_GENERATIONS),
      database.prepare(READ_PARKED).bind(parkedMax),
      database.prepare(READ_HEAD),
    ]);
  // The statement determines the type of the rows.
  const rows = (generations?.results ?? []) as GenerationRow[];
  const parkings = (parked?.results ?? []) as ParkedRow[];
  const [{ head } = { head: 0 }] = (newest?.results ?? []) as { head: number }[];
  const names = new Set([
    ...definedGenerations(app).map(({ name }) => name),
    ...rows.map(({ projection }) => projection),
  ]);
  return [...names].map((name) => {
    const newest = allSubscribers(app).find((one) => one.name === name);
    const own = rows.filter(({ projection }) => projection === name);
    return statusOf(name, newest ? versionOf(newest) : null, own, parkings, {
      database: databaseName,
      head,
      nowMs: projector.nowMs(),
    });
  });
}

interface JournalMoment {
  /** The name of its database. */
  readonly database: string;
  readonly head: number;
  readonly nowMs: number;
}

function statusOf(
  name: string,
  version: number | null,
  rows: readonly GenerationRow[],
  parkings: readonly ParkedRow[],
  moment: JournalMoment,
): ProjectionStatus {
  const generations = rows.map((row) => generationStatus(row, parkingOf(row, parkings), moment));
  const serving = generations.find((one) => one.serving);
  const shown = serving ?? generations.find((one) => one.version === version);
  const shownRow = rows.find((row) => row.version === shown?.version && row.purpose === 'primary');
  return {
    name,
    version,
    serving: serving?.version ?? null,
    state: stateOf(serving, generations),
    lag: shown?.lag ?? { events: moment.head, seconds: 0 },
    undelivered: 0,
    parked: shown?.parked ?? 0,
    lastError: (shownRow && parkingOf(shownRow, parkings)?.lastError) ?? shown?.reason ?? null,
    generations,
  };
}

function parkingOf(
  { projection, version, purpose }: GenerationRow,
  parkings: readonly ParkedRow[],
): ParkedRow | undefined {
  if (purpose !== 'primary') return undefined;
  return parkings.find(
    ({ generation }) => generation === generationKey({ name: projection, version }),
  );
}

function stateOf(
  serving: GenerationStatus | undefined,
  all: readonly GenerationStatus[],
): ProjectionState {
  const building = all.find(
    ({ purpose, state }) => purpose !== 'verify' && state === 'catching-up',
  );
  const shown = serving ?? building ?? all[0];
  switch (shown?.state) {
    case 'live':
      return building ? 'rebuilding' : 'live';
    case 'paused':
    case 'stopped':
    case 'inactive':
      return shown.state;
    default:
      return serving ? 'rebuilding' : 'building';
  }
}

function generationStatus(
  row: GenerationRow,
  parking: ParkedRow | undefined,
  moment: JournalMoment,
): GenerationStatus {
  const { version, purpose, state, reason, changedAt, report } = row;
  const isBehind = state !== 'live' && state !== 'verified';
  return {
    database: moment.database,
    version,
    purpose,
    state,
    serving: row.serving === 1,
    parked: parking?.parked ?? 0,
    lag: isBehind ? lagBehindJournal(row, moment) : lagOfStragglers(parking, moment),
    reason,
    changedAt,
    ...(isBehind && { build: buildOf(row, moment) }),
    ...(report !== null && { report: JSON.parse(report) }),
  };
}

function lagBehindJournal({ cursor, nextAt }: GenerationRow, { head, nowMs }: JournalMoment): Lag {
  return { events: head - cursor, seconds: nextAt === null ? 0 : secondsSince(nextAt, nowMs) };
}

function lagOfStragglers(parking: ParkedRow | undefined, { nowMs }: JournalMoment): Lag {
  if (!parking) return { events: 0, seconds: 0 };
  return { events: parking.events, seconds: secondsSince(parking.oldestAt, nowMs) };
}

function buildOf(
  { cursor, startedAt, startedFrom, changedAt }: GenerationRow,
  { head }: JournalMoment,
) {
  const seconds = Math.max((Date.parse(changedAt) - Date.parse(startedAt)) / 1_000, 0.001);
  const eventsPerSecond = Math.round((cursor - startedFrom) / seconds);
  return {
    done: cursor,
    total: head,
    startedAt,
    eventsPerSecond,
    secondsLeft: eventsPerSecond > 0 ? Math.ceil((head - cursor) / eventsPerSecond) : null,
  };
}

function secondsSince(at: string, nowMs: number): number {
  return Math.max(0, Math.round((nowMs - Date.parse(at)) / 1_000));
}
