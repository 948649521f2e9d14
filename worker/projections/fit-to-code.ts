/**
 * Updates the serving set to the running code and D1's tables: new versions start; a version that the code does not
 * define, or whose table is missing, becomes `inactive`; one that is defined again catches up.
 */
import type { App } from '../../core/app.ts';
import { platformErrorKind } from '../../core/failures/platform-error.ts';
import { generationKey } from '../../core/plan/keys.ts';
import { openTablesOf } from '../../core/plan/open-tables.ts';
import {
  definitionOf,
  type ServingSet,
  startsNow,
  type Transition,
  transitions,
} from '../../core/plan/projection-version.ts';
import { HEAD } from '../journal/page-sql.ts';
import type { Projector } from '../projector/projector.ts';
import { changeServedRows } from './change-served-rows.ts';
import { physicalTables } from './row-statements.ts';
import { currentServingSet, raiseRevision } from './serving-set.ts';
import { lackingTables, suspectTables } from './table-check.ts';

/** With an empty journal there is nothing to build: the version starts live. */
const START = `
  INSERT INTO generation (projection, version, purpose, state, serving, built, cursor, tables, started_at,
    started_from, changed_at, open_tables)
  SELECT ?1, ?2, 'primary', CASE WHEN complete THEN 'live' ELSE 'catching-up' END, 0, complete, 0, ?3, ?4, 0, ?4, ?6
  FROM (SELECT ?5 OR NOT EXISTS (SELECT 1 FROM journal_page) AS complete)`;

const SERVE_IF_BUILT = `
  UPDATE generation SET serving = (version = ?2) WHERE projection = ?1 AND purpose = 'primary' AND EXISTS (
    SELECT 1 FROM generation WHERE projection = ?1 AND version = ?2 AND purpose = 'primary' AND built = 1)`;

/** Independent of the journal: the version is built once D1 has its tables. */
const START_WITHOUT_TABLES = `
  INSERT INTO generation (projection, version, purpose, state, serving, built, cursor, tables, started_at,
    started_from, changed_at, reason, open_tables)
  VALUES (?1, ?2, 'primary', 'inactive', 0, 0, 0, ?3, ?4, 0, ?4, ?5, ?6)`;

const LEAVE_STEP = `
  UPDATE generation SET state = 'inactive', changed_at = ?3, reason = ?4,
    cursor = CASE state WHEN 'live' THEN ${HEAD} ELSE cursor END
  WHERE projection = ?1 AND version = ?2 AND purpose = 'primary'`;

/** The table is missing, and with it the rows: the build starts from the beginning. */
const RESET_BUILD = `
  UPDATE generation SET built = 0, cursor = 0 WHERE projection = ?1 AND version = ?2 AND purpose = 'primary'`;

const DELETE_CHECKPOINTS = 'DELETE FROM checkpoint WHERE projection = ?';

const NOT_DEFINED = 'The running code does not define it.';

const FOLLOW = `
  UPDATE generation SET state = 'catching-up', changed_at = ?3, started_at = ?3, started_from = cursor, reason = NULL
  WHERE projection = ?1 AND version = ?2 AND purpose = 'primary'`;

/** Updates the set and wakes the builds that follow. `changed`: the caller's copy of the set is outdated. */
export async function fitToCode(
  projector: Projector,
  set: ServingSet,
): Promise<'fits' | 'changed'> {
  const { app, database, nowMs, wakeBuild } = projector;
  const wanted = transitions(app, set, await lackingTables(projector, set));
  if (wanted.length === 0) return 'fits';
  const now = new Date(nowMs()).toISOString();
  const changes = wanted.flatMap((transition) => change(database, app, transition, now));
  const projections = wanted.map(({ projection }) => projection);
  await changeServedRows(projector, projections, [raiseRevision(database, set), ...changes]);
  const building = wanted.filter(({ to, lack }) => to !== 'deactivate' && !lack);
  await Promise.all(building.map(({ projection }) => wakeBuild(projection)));
  return 'changed';
}

/** Called after a failure that names a table or a column. `changed`: its projection no longer takes part, so retry. */
export async function fitAfterFailure(
  projector: Projector,
  error: unknown,
): Promise<'fits' | 'changed'> {
  if (platformErrorKind(error) !== 'schema') return 'fits';
  suspectTables(projector);
  return fitToCode(projector, await currentServingSet(projector.database));
}

function change(
  database: D1Database,
  app: App,
  transition: Transition,
  now: string,
): D1PreparedStatement[] {
  const { projection, version, to, lack } = transition;
  switch (to) {
    case 'start':
      return start(database, app, transition, now);
    case 'deactivate': {
      const reason = lack?.reason ?? NOT_DEFINED;
      const left = database.prepare(LEAVE_STEP).bind(projection, version, now, reason);
      if (!lack?.rowsAreGone) return [left];
      const key = generationKey({ name: projection, version });
      return [
        left,
        database.prepare(RESET_BUILD).bind(projection, version),
        database.prepare(DELETE_CHECKPOINTS).bind(key),
      ];
    }
    case 'catch-up':
      return [database.prepare(FOLLOW).bind(projection, version, now)];
  }
}

function start(
  database: D1Database,
  app: App,
  { projection, version, lack }: Transition,
  now: string,
): D1PreparedStatement[] {
  const defined = definitionOf(app, { projection, version });
  const tables = JSON.stringify(defined ? physicalTables(defined) : []);
  const open = defined ? openTablesOf(defined) : [];
  const openTables = open.length === 0 ? null : JSON.stringify(open);
  if (lack) {
    const { reason } = lack;
    const started = database.prepare(START_WITHOUT_TABLES);
    return [started.bind(projection, version, tables, now, reason, openTables)];
  }
  const isComplete = defined && startsNow(defined) ? 1 : 0;
  return [
    database.prepare(START).bind(projection, version, tables, now, isComplete, openTables),
    database.prepare(SERVE_IF_BUILT).bind(projection, version),
  ];
}
