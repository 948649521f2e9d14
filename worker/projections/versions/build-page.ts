/**
 * Builds generations that are not live, a page of the journal at a time. The cursor, the rows and, on the last page,
 * the switch to the generation are ONE batch: an interrupted build continues where it was, and readers see the old rows
 * or the new ones.
 */

import { UnknownEvent } from '../../../core/aggregate/event.ts';
import { errorText } from '../../../core/failures/error-text.ts';
import { explainFailure } from '../../../core/failures/explain-failure.ts';
import { KnownFault } from '../../../core/failures/known-fault.ts';
import { platformErrorKind } from '../../../core/failures/platform-error.ts';
import { buildKey } from '../../../core/plan/keys.ts';
import { layersOf } from '../../../core/plan/plan-batch.ts';
import {
  type JournalEvent,
  type LeftOut,
  type PagePlan,
  planPage,
} from '../../../core/plan/plan-catch-up.ts';
import { isYoung } from '../../../core/plan/plan-stream.ts';
import { definitionOf, tableSuffix } from '../../../core/plan/projection-version.ts';
import type { BatchOutcome } from '../../d1/run-d1-batch.ts';
import { HEAD, tagAt } from '../../journal/page-sql.ts';
import { readJournal } from '../../journal/read-journal.ts';
import { assertSubjects } from '../../personal/storable-keys.ts';
import type { Projector } from '../../projector/projector.ts';
import { appendToPublications } from '../../publications/write-publications.ts';
import { DefiniteFailure } from '../../reactions/outcome-class.ts';
import { changeServedRows } from '../change-served-rows.ts';
import { deadLetterRows, laggingCheckpointRows } from '../dead-letter-rows.ts';
import { type OpenedRows, openedRows } from '../opened-rows.ts';
import { rowStatements } from '../row-statements.ts';
import { currentServingSet } from '../serving-set.ts';
import { suspectTables } from '../table-check.ts';
import { prepare } from '../write-batch.ts';
import type { BuildContext } from './build-context.ts';
import { closeDoor, openDoor } from './build-door.ts';
import { createTables, emptyTables } from './build-tables.ts';
import { finish } from './finish-build.ts';
import { readLeftOut } from './left-out.ts';

/** Our limit: D1 counts each statement as a query, and an invocation has a thousand. */
const ROW_STATEMENTS_MAX = 200;

/** A page of a build that was written. */
export interface BuiltPage {
  /** Positions that the build has advanced by. */
  readonly events: number;
  /** The journal's newest position when the page was read. */
  readonly head: number;
  /** Whether live commits wait for the next page. */
  readonly isDoorClosed: boolean;
}

/**
 * Builds a page of one of a projection's builds, of so many events at most. `idle`: there is nothing to build for this
 * code.
 *
 * @throws D1's errors, and UnknownEvent for an event that a newer deployment may know: retry later
 */
export async function buildPage(
  projector: Projector,
  projection: string,
  eventsMax: number,
): Promise<BuiltPage | 'idle'> {
  const set = await currentServingSet(projector.database);
  // A generation that this code does not define waits for code that does, and delays no other build.
  const [next] = set.generations.flatMap((generation) => {
    if (generation.projection !== projection || generation.state !== 'catching-up') return [];
    const definition = definitionOf(projector.app, generation);
    return definition ? [{ generation, definition }] : [];
  });
  if (!next) return 'idle';
  const { generation } = next;
  const now = new Date(projector.nowMs()).toISOString();
  const building = { projector, set, ...next, now };
  try {
    const page = await readJournal(projector, generation.cursor, eventsMax);
    if (page.missing !== undefined && page.events.length === 0) {
      throw new KnownFault(`The journal is damaged: position ${page.missing} is missing.`);
    }
    if (page.isBlanking)
      throw new KnownFault('A tenant is being erased; the build goes on by itself.');
    const { events, head, end } = page;
    const reading = { ...building, ...(end && { end }) };
    const leftOut = await readLeftOut(projector.database, generation, events);
    return await writePage(reading, { events, head, leftOut });
  } catch (error) {
    if (platformErrorKind(error) === 'schema') suspectTables(projector);
    await recordFailureReason(building, error);
    throw error;
  }
}

const SAY_WHY = `
  UPDATE generation SET reason = ?4, changed_at = ?5
  WHERE projection = ?1 AND version = ?2 AND purpose = ?3 AND state = 'catching-up'`;

/** Records why a build cannot continue, for its status. The build is retried, and the next page clears the reason. */
async function recordFailureReason(
  { projector, generation, now }: BuildContext,
  error: unknown,
): Promise<void> {
  const { projection, version, purpose } = generation;
  await projector.database
    .prepare(SAY_WHY)
    .bind(projection, version, purpose, reasonOf(error), now)
    .run()
    .catch(() => undefined);
}

function reasonOf(error: unknown): string {
  if (platformErrorKind(error) !== 'schema') return errorText(error);
  const { cause, remedy } = explainFailure(error);
  return `${cause} ${remedy}`;
}

interface ReadPage {
  readonly events: readonly JournalEvent[];
  /** The newest position when they were read. */
  readonly head: number;
  readonly leftOut: LeftOut;
}

/** A plan with the statements that write its rows and public events. */
interface PreparedPlan extends PagePlan {
  readonly rows: readonly D1PreparedStatement[];
}

/** A page that D1 refuses, or with too many statements for a batch, is halved, until the failing event is alone. */
async function writePage(building: BuildContext, page: ReadPage): Promise<BuiltPage> {
  const { projector, generation, definition } = building;
  const { events, head, leftOut } = page;
  const [first, ...others] = events;
  const half = { ...page, events: events.slice(0, Math.ceil(events.length / 2)) };
  const key = buildKey(generation);
  const plan = planPage(projector.app, definition, generation.cursor, events, leftOut, key);
  const opened = await openedRows(projector, layersOf(plan.changes));
  const rows = opened.outcome === 'opened' ? rowChanges(building, opened, plan) : [];
  if (rows.length > ROW_STATEMENTS_MAX && others.length > 0) return writePage(building, half);
  const carriedOut = await callReactor(projector, { ...plan, rows });
  const waited = waitedFor(building, carriedOut);
  const written =
    opened.outcome === 'refused'
      ? { ...opened, isDoorClosed: false }
      : await writePlan(building, waited, head);
  if (written.outcome !== 'refused') return builtPage(building, page, waited, written);
  if (!first) throw written.error;
  if (others.length > 0) return writePage(building, half);
  const refused = { generation: key, event: first, error: written.error };
  const failed = { ...NOTHING, next: first.position - 1, failure: refused };
  return builtPage(building, page, failed, await writePlan(building, failed, head));
}

function builtPage(
  { generation }: BuildContext,
  { head }: ReadPage,
  { next }: PagePlan,
  { outcome, isDoorClosed }: WrittenPlan,
): BuiltPage {
  return { events: outcome === 'written' ? next - generation.cursor : 0, head, isDoorClosed };
}

const NOTHING = { changes: [], published: [], calls: [], rows: [] };

/** A reaction that no attempt can dispatch ends the page before its event, like an event that fails. */
async function callReactor(
  { dispatchReactions }: Projector,
  plan: PreparedPlan,
): Promise<PreparedPlan> {
  for (const call of plan.calls) {
    try {
      await dispatchReactions(call);
    } catch (error) {
      if (!(error instanceof DefiniteFailure)) throw error;
      const { generation, event } = call;
      const failure = { generation, event, error };
      return { ...NOTHING, next: event.position - 1, failure };
    }
  }
  return plan;
}

/** A newer deployment may define the event: the page ends before it. */
function waitedFor({ projector, generation }: BuildContext, plan: PreparedPlan): PreparedPlan {
  const { failure, ...before } = plan;
  if (!(failure?.error instanceof UnknownEvent)) return plan;
  if (!isYoung(failure.event, projector.nowMs())) return plan;
  if (plan.next === generation.cursor) throw failure.error;
  return before;
}

/**
 * A page that reaches the head is tried as the last one. If the journal has grown meanwhile, it is written as a normal
 * page and the door is closed, so that the next page is the last.
 */
async function writePlan(
  building: BuildContext,
  plan: PreparedPlan,
  head: number,
): Promise<WrittenPlan> {
  const { next, failure } = plan;
  const reachesHead = !failure && next === head;
  const last = reachesHead ? await tryPlan(building, plan, head) : undefined;
  if (last && last.outcome !== 'lost-race') return { ...last, isDoorClosed: false };
  const written = await tryPlan(building, plan, null);
  const closes = reachesHead && written.outcome === 'written';
  const isDoorClosed = closes && (await closeDoor(building, next));
  return { ...written, isDoorClosed };
}

type WrittenPlan = BatchOutcome & Pick<BuiltPage, 'isDoorClosed'>;

/** `lastHead` is the head that the last page asserts; null for other pages. */
async function tryPlan(
  building: BuildContext,
  plan: PreparedPlan,
  lastHead: number | null,
): Promise<BatchOutcome> {
  const { projector, generation } = building;
  const { database } = projector;
  const { next, failure } = failureHandled(building, plan);
  const isLast = lastHead !== null;
  const isSeen = generation.serving || (isLast && generation.purpose !== 'verify');
  return changeServedRows(projector, isSeen ? [generation.projection] : [], [
    guard(building, lastHead),
    ...(generation.cursor === 0 ? await freshTables(building) : []),
    moveCursor(building, next),
    ...plan.rows,
    ...(failure ? prepare(database, failure) : []),
    ...(isLast ? finish(building) : []),
    ...(isLast || failure ? [openDoor(database, generation)] : []),
  ]);
}

function rowChanges(
  { projector: { database }, generation }: BuildContext,
  { layers, subjects }: OpenedRows,
  { published }: PagePlan,
): D1PreparedStatement[] {
  const suffix = tableSuffix(generation.purpose);
  return [
    ...assertSubjects(database, subjects),
    ...layers.flatMap((layer) => prepare(database, rowStatements(layer, suffix))),
    ...appendToPublications(database, published),
  ];
}

/**
 * NULL, and so a lost race, if the build was paused or moved concurrently, the journal grew past the last page, or D1
 * was restored since the page was read and has another event at its end. The first page makes tables, so that it raises
 * the revision where a forgetting has to know them.
 */
const GUARD = `
  INSERT INTO serving_set (id, revision) VALUES (1, CASE WHEN
      EXISTS (SELECT 1 FROM generation WHERE projection = ?1 AND version = ?2 AND purpose = ?3 AND cursor = ?4
        AND state = 'catching-up')
      AND coalesce((SELECT revision FROM serving_set), 0) = ?5
      AND (?6 IS NULL OR ?6 = ${HEAD})
      AND NOT EXISTS (SELECT 1 FROM erasure WHERE blanked = 0)
      AND (?7 IS NULL OR ?8 = ${tagAt('?7')})
    THEN ?5 + (?6 IS NOT NULL OR ?9) END)
  ON CONFLICT (id) DO UPDATE SET revision = excluded.revision`;

function guard({ projector, generation, set, end }: BuildContext, lastHead: number | null) {
  const { projection, version, purpose, cursor, openTables } = generation;
  const isFirst = cursor === 0 && openTables.length > 0;
  return projector.database
    .prepare(GUARD)
    .bind(
      ...[projection, version, purpose, cursor, set.revision, lastHead],
      ...[end?.position ?? null, end?.tag ?? null, isFirst ? 1 : 0],
    );
}

const MOVE_CURSOR = `
  UPDATE generation SET cursor = ?4, changed_at = ?5, reason = NULL
  WHERE projection = ?1 AND version = ?2 AND purpose = ?3`;

function moveCursor({ projector, generation, now }: BuildContext, next: number) {
  const { projection, version, purpose } = generation;
  return projector.database.prepare(MOVE_CURSOR).bind(projection, version, purpose, next, now);
}

/** Empties the tables of a first build, or creates those of a rebuild or verification. */
function freshTables({ projector, generation }: BuildContext): Promise<D1PreparedStatement[]> {
  if (generation.purpose !== 'primary') return createTables(projector.database, generation);
  return Promise.resolve(generation.built ? [] : emptyTables(projector.database, generation));
}

const STOP = `
  UPDATE generation SET state = 'stopped', reason = value ->> 3, changed_at = value ->> 4 FROM json_each(?)
  WHERE projection = value ->> 0 AND version = value ->> 1 AND purpose = value ->> 2`;

/**
 * A generation that was complete once continues without the stream, as it would while live. A first build stops, because
 * an incomplete read model must not serve.
 */
function failureHandled({ generation, now }: BuildContext, { next, failure }: PagePlan) {
  if (!failure) return { next };
  if (generation.purpose === 'primary' && generation.built) {
    const parked = [deadLetterRows([failure], now), laggingCheckpointRows([failure])];
    return { next: failure.event.position, failure: parked };
  }
  const { projection, version, purpose } = generation;
  const { stream, version: at, type } = failure.event;
  const reason = `${type} of ${stream}@${at}: ${String(failure.error)}`;
  const stop = { sql: STOP, rows: [[projection, version, purpose, reason, now]] };
  return { next, failure: [deadLetterRows([failure], now), stop] };
}
