/**
 * Operators' operations on a projection's generations. Each is decided on the current serving set, and written with the
 * assertion that the set is unchanged.
 */

import { type Failure, wrongState } from '../../../core/aggregate/outcome.ts';
import { allProjections, allSubscribers } from '../../../core/app.ts';
import { buildKey, generationKey } from '../../../core/plan/keys.ts';
import {
  definitionOf,
  type Generation,
  type ServingSet,
} from '../../../core/plan/projection-version.ts';
import { HEAD } from '../../journal/page-sql.ts';
import type { Projector } from '../../projector/projector.ts';
import { changeServedRows } from '../change-served-rows.ts';
import { currentServingSet, raiseRevision } from '../serving-set.ts';
import { removeTables } from './build-tables.ts';
import { serve } from './finish-build.ts';

type VersionChange = readonly D1PreparedStatement[] | Failure;

const RACES_MAX = 10;

/**
 * Decides again if the set changed meanwhile. Undefined on success. Notifies the Live objects that watch the
 * projection.
 */
async function change(
  projector: Projector,
  projection: string,
  decide: (set: ServingSet, now: string) => VersionChange,
): Promise<Failure | undefined> {
  const { database, nowMs } = projector;
  for (let race = 0; race < RACES_MAX; race++) {
    const set = await currentServingSet(database);
    const decision = decide(set, new Date(nowMs()).toISOString());
    if ('outcome' in decision) return decision;
    if (decision.length === 0) return undefined;
    const statements = [raiseRevision(database, set), ...decision];
    const { outcome } = await changeServedRows(projector, [projection], statements);
    if (outcome === 'written') return undefined;
  }
  return {
    outcome: 'unavailable',
    detail: 'The projections are changing just now.',
    retryAfterSeconds: 1,
  };
}

const PAUSE = `
  UPDATE generation SET state = 'paused', reason = ?4, changed_at = ?5,
    cursor = CASE state WHEN 'live' THEN ${HEAD} ELSE cursor END
  WHERE projection = ?1 AND version = ?2 AND purpose = ?3`;

/** A verification begins again: the live rows may have had events since that its pages left out. */
const RESUME = `
  UPDATE generation SET state = 'catching-up', reason = NULL, changed_at = ?4, started_at = ?4,
    (cursor, started_from) = (SELECT own, own FROM (SELECT iif(purpose = 'verify', 0, cursor) AS own))
  WHERE projection = ?1 AND version = ?2 AND purpose = ?3`;

type GenerationId = Pick<Generation, 'projection' | 'version' | 'purpose'>;

/** Pauses one generation; see pauseAll for a whole projection. */
export function pause(
  projector: Projector,
  { projection, version, purpose }: GenerationId,
  reason: string,
): Promise<Failure | undefined> {
  return change(projector, projection, (set, now) =>
    set.generations
      .filter(
        (one) =>
          one.projection === projection && one.version === version && one.purpose === purpose,
      )
      .filter(isMoving)
      .map((one) => pauseStatement(projector, one, reason, now)),
  );
}

function isMoving({ state }: Generation): boolean {
  return state === 'live' || state === 'catching-up';
}

function pauseStatement(
  { database }: Projector,
  { projection, version, purpose }: GenerationId,
  reason: string,
  now: string,
): D1PreparedStatement {
  return database.prepare(PAUSE).bind(projection, version, purpose, reason, now);
}

/** Pauses all active generations of a projection, builds included. */
export function pauseAll(
  projector: Projector,
  projection: string,
  reason: string,
): Promise<Failure | undefined> {
  return change(projector, projection, (set, now) => {
    const moving = ofProjection(set, projection).filter(isMoving);
    if (moving.length === 0) return wrongState(`${projection} does not move.`);
    return moving.map((one) => pauseStatement(projector, one, reason, now));
  });
}

/**
 * Resumes paused and stopped generations: they read the journal from their position, and are live again when they
 * have caught up.
 */
export async function resumeAll(
  projector: Projector,
  projection: string,
): Promise<Failure | undefined> {
  const { database, app } = projector;
  return andWake(projector, projection, (set, now) => {
    const halted = ofProjection(set, projection).filter(
      (one) => isHalted(one) && definitionOf(app, one) !== undefined,
    );
    if (halted.length === 0) return wrongState(`${projection} is neither paused nor stopped.`);
    return halted.map(({ version, purpose }) =>
      database.prepare(RESUME).bind(projection, version, purpose, now),
    );
  });
}

function isHalted({ state }: Generation): boolean {
  return state === 'paused' || state === 'stopped';
}

const START_OVER = `
  UPDATE generation SET state = 'catching-up', built = 0, cursor = 0, reason = NULL, report = NULL, started_at = ?4,
    started_from = 0, changed_at = ?4 WHERE projection = ?1 AND version = ?2 AND purpose = ?3`;

const START_BESIDE = `
  INSERT OR REPLACE INTO generation (projection, version, purpose, state, serving, built, cursor, tables, started_at,
    started_from, changed_at, open_tables)
  SELECT projection, version, ?3, 'catching-up', 0, 0, 0, tables, ?4, 0, ?4, open_tables FROM generation
  WHERE projection = ?1 AND version = ?2 AND purpose = 'primary'`;

const DELETE_CHECKPOINTS = 'DELETE FROM checkpoint WHERE projection = ?';

/**
 * Rebuilds the code's version from the journal's beginning: in its own tables while no query reads them, else in
 * separate ones. `over` restarts a build in progress.
 */
export function rebuild(
  projector: Projector,
  { name, version }: { readonly name: string; readonly version: number },
  over: boolean,
): Promise<Failure | undefined> {
  const { database } = projector;
  return andWake(projector, name, (set, now) => {
    const own = ofProjection(set, name).filter((one) => one.version === version);
    const primary = own.find(({ purpose }) => purpose === 'primary');
    if (!primary) return wrongState(`Version ${version} of ${name} was never built.`);
    const beside = own.find(({ purpose }) => purpose === 'rebuild');
    const underWay = beside ?? (primary.serving || primary.built ? undefined : primary);
    if (underWay && !over) return wrongState(`${name} is being built already: ${underWay.state}.`);
    if (primary.serving)
      return [database.prepare(START_BESIDE).bind(name, version, 'rebuild', now)];
    const key = generationKey({ name, version });
    return [
      database.prepare(START_OVER).bind(name, version, 'primary', now),
      database.prepare(DELETE_CHECKPOINTS).bind(key),
    ];
  });
}

/** Recomputes the serving tables in separate ones, and compares. */
export function verify(projector: Projector, projection: string): Promise<Failure | undefined> {
  const { database } = projector;
  return andWake(projector, projection, (set, now) => {
    const own = ofProjection(set, projection);
    const serving = own.find((one) => one.serving);
    if (serving?.state !== 'live') {
      return wrongState(`${projection} has to be live to be verified.`);
    }
    if (serving.tables.length === 0) return wrongState(`${projection} has no rows to verify.`);
    if (own.some(({ purpose, state }) => purpose === 'verify' && state === 'catching-up')) {
      return wrongState(`${projection} is being verified already.`);
    }
    return [database.prepare(START_BESIDE).bind(projection, serving.version, 'verify', now)];
  });
}

const FORGET = 'DELETE FROM generation WHERE projection = ? AND version = ? AND purpose = ?';

/** Ends the builds in progress. Their separate tables are dropped; a version that never served stays paused. */
export function cancel(projector: Projector, projection: string): Promise<Failure | undefined> {
  const { database } = projector;
  return change(projector, projection, (set, now) => {
    const builds = ofProjection(set, projection).filter(
      ({ purpose, built, state }) => (purpose !== 'primary' || !built) && state !== 'verified',
    );
    if (builds.length === 0) return wrongState(`${projection} is not being built.`);
    return builds.flatMap((build) =>
      build.purpose === 'primary'
        ? [pauseStatement(projector, build, 'The build was cancelled.', now)]
        : forget(database, build),
    );
  });
}

/**
 * The generations' rows are removed, so their parked dead letters are too. Discards stay, because they are decisions.
 */
const DELETE_DEAD_LETTERS = `
  DELETE FROM dead_letter WHERE generation = ? AND status IN ('parked', 'redriving')`;

function forget(database: D1Database, generation: Generation): D1PreparedStatement[] {
  const { projection, version, purpose } = generation;
  return [
    database.prepare(FORGET).bind(projection, version, purpose),
    database.prepare(DELETE_DEAD_LETTERS).bind(buildKey(generation)),
    ...removeTables(database, generation),
  ];
}

/**
 * Points the queries to another generation, which has to be live, because queries never read rows that are no longer
 * updated.
 */
export function rollBack(
  projector: Projector,
  projection: string,
  version: number,
): Promise<Failure | undefined> {
  return change(projector, projection, (set) => {
    const wanted = ofProjection(set, projection).find(
      (one) => one.version === version && one.purpose === 'primary',
    );
    if (!wanted) return wrongState(`There is no version ${version} of ${projection}.`);
    if (wanted.serving) return wrongState(`Version ${version} of ${projection} serves already.`);
    if (wanted.state !== 'live') {
      return wrongState(`Version ${version} of ${projection} is not live: its rows are old.`);
    }
    return [serve(projector.database, wanted)];
  });
}

/**
 * Removes a generation's rows. Refused for a generation that the code would build again, and for the serving one,
 * unless the code no longer defines the projection.
 */
export function drop(
  projector: Projector,
  projection: string,
  version: number,
): Promise<Failure | undefined> {
  const { app, database } = projector;
  return change(projector, projection, (set) => {
    const old = ofProjection(set, projection).filter((one) => one.version === version);
    if (old.length === 0) return wrongState(`There is no version ${version} of ${projection}.`);
    const defined = allProjections(app).find(({ name }) => name === projection);
    if (defined && old.some(({ serving }) => serving)) {
      return wrongState(`Version ${version} of ${projection} serves.`);
    }
    const isDefined = allSubscribers(app).some(
      (one) => one.name === projection && (one.kind !== 'projection' || one.version === version),
    );
    if (isDefined) {
      return wrongState(`The code defines version ${version} of ${projection}.`);
    }
    const key = generationKey({ name: projection, version });
    return [
      ...old.flatMap((one) => forget(database, one)),
      database.prepare(DELETE_CHECKPOINTS).bind(key),
    ];
  });
}

function ofProjection({ generations }: ServingSet, projection: string): Generation[] {
  return generations.filter((one) => one.projection === projection);
}

async function andWake(
  projector: Projector,
  projection: string,
  decide: (set: ServingSet, now: string) => VersionChange,
): Promise<Failure | undefined> {
  const failure = await change(projector, projection, decide);
  if (!failure) await projector.wakeBuild(projection);
  return failure;
}
