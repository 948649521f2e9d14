/** The statements of a build's last page, other than its rows, by which the generation becomes active. */

import { buildKey, generationKey } from '../../../core/plan/keys.ts';
import { type Generation, tableSuffix, tablesOf } from '../../../core/plan/projection-version.ts';
import { physicalName, quoted } from '../row-statements.ts';
import type { BuildContext } from './build-context.ts';
import { removeTables } from './build-tables.ts';

export function finish(building: BuildContext): D1PreparedStatement[] {
  switch (building.generation.purpose) {
    case 'primary':
      return goLive(building);
    case 'rebuild':
      return replaceLive(building);
    case 'verify':
      return compareWithLive(building);
  }
}

const JOIN_STEP = `
  UPDATE generation SET state = 'live', built = 1, reason = NULL, changed_at = ?3
  WHERE projection = ?1 AND version = ?2 AND purpose = 'primary'`;

const SERVE = `
  UPDATE generation SET serving = (version = ?2) WHERE projection = ?1 AND purpose = 'primary'`;

/** When it is complete for the first time, queries read it from then on. */
function goLive({ projector: { database }, generation, now }: BuildContext): D1PreparedStatement[] {
  const { projection, version, built } = generation;
  const joined = database.prepare(JOIN_STEP).bind(projection, version, now);
  return built ? [joined] : [joined, serve(database, generation)];
}

/** Sets the generation that serves. Queries read this in the batch that reads the rows. */
export function serve(
  database: D1Database,
  { projection, version }: Pick<Generation, 'projection' | 'version'>,
): D1PreparedStatement {
  return database.prepare(SERVE).bind(projection, version);
}

const DELETE_CHECKPOINTS = 'DELETE FROM checkpoint WHERE projection = ?';

const REDRIVEN = `
  UPDATE dead_letter SET status = 'redriven', resolved_at = ?3
  WHERE generation IN (?1, ?2) AND status IN ('parked', 'redriving')`;

const FORGET = 'DELETE FROM generation WHERE projection = ? AND version = ? AND purpose = ?';

/** Renames the new tables to the live ones. They have every event, so that no stream is held back any more. */
function replaceLive({ projector: { database }, generation, now }: BuildContext) {
  const { projection, version, purpose, tables } = generation;
  const key = generationKey({ name: projection, version });
  const renamed = tables.flatMap((table) => [
    database.prepare(`DROP TABLE ${quoted(table)}`),
    database.prepare(
      `ALTER TABLE ${quoted(table + tableSuffix(purpose))} RENAME TO ${quoted(table)}`,
    ),
  ]);
  return [
    ...renamed,
    database.prepare(DELETE_CHECKPOINTS).bind(key),
    database.prepare(REDRIVEN).bind(key, buildKey(generation), now),
    database.prepare(FORGET).bind(projection, version, purpose),
    database.prepare(JOIN_STEP).bind(projection, version, now),
  ];
}

const PAUSE_UNTIL_LIVE = `
  UPDATE generation SET state = 'paused', changed_at = ?3,
    reason = 'The version is not live, so its rows are old. Resume the projection: the verification begins again.'
  WHERE projection = ?1 AND version = ?2 AND purpose = 'verify'`;

/**
 * Begins again if a dead letter of the live rows was redriven or discarded since: pages that left its events out are
 * behind the live rows.
 */
const reportSql = (compared: readonly string[]) => `
  UPDATE generation SET changed_at = ?3, (state, cursor, started_at, report) = (
    SELECT iif(is_void, 'catching-up', 'verified'), iif(is_void, 0, cursor), iif(is_void, ?3, started_at),
      iif(is_void, NULL, json_array(${compared.join(', ')}))
    FROM (SELECT EXISTS (
      SELECT 1 FROM dead_letter WHERE status IN ('redriven', 'discarded') AND dead_letter.generation = ?4
        AND resolved_at >= started_at) AS is_void))
  WHERE projection = ?1 AND version = ?2 AND purpose = 'verify'`;

/** The rows that one of the tables lacks, or that differ between them. Rows that are not live lack newer events. */
function compareWithLive({
  projector: { database },
  set,
  generation,
  definition,
  now,
}: BuildContext): D1PreparedStatement[] {
  const { projection, version, purpose } = generation;
  const isLive = set.generations.some(
    (one) =>
      one.projection === projection &&
      one.version === version &&
      one.purpose === 'primary' &&
      one.state === 'live',
  );
  if (!isLive) return [database.prepare(PAUSE_UNTIL_LIVE).bind(projection, version, now)];
  const compared = tablesOf(definition).map((readModel) => {
    const table = physicalName(readModel);
    const columns = Object.values(readModel.columns).map(({ name }) => quoted(name));
    const [live, beside] = [quoted(table), quoted(table + tableSuffix(purpose))];
    const only = (one: string, other: string) =>
      `(SELECT count(*) FROM (SELECT ${columns} FROM ${one} EXCEPT SELECT ${columns} FROM ${other}))`;
    return `json_object('table', '${table}', 'rows', (SELECT count(*) FROM ${live}),
      'onlyLive', ${only(live, beside)}, 'onlyRecomputed', ${only(beside, live)})`;
  });
  const key = generationKey({ name: projection, version });
  const report = database.prepare(reportSql(compared)).bind(projection, version, now, key);
  return [report, ...removeTables(database, generation)];
}
