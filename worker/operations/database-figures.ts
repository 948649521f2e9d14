/** The figures of one database: its size, its events, its projections, its dead letters. */
import { isInboundSql } from '../../core/inbound/inbound.ts';
import type { ProjectionStatus } from '../../core/operator-shapes/projection-status.ts';
import { databaseLimit } from '../d1/database-size.ts';
import { HEAD, SEALED } from '../journal/page-sql.ts';
import { projectionStatus } from '../projections/versions/status.ts';
import { projectorFor } from '../projector/projector.ts';
import type { Placement } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';

/** Ours: beyond this many it does not matter how many more there are, and each is a row to read. */
export const COUNTED_MAX = 1_000;

const READ_GIVEN_UP = `
  SELECT ${parkedCount("generation = ''")} AS messages, ${parkedCount(isInboundSql('generation'))} AS inbound`;

function parkedCount(which: string): string {
  return `(SELECT count(*) FROM (
    SELECT 1 FROM dead_letter WHERE status = 'parked' AND ${which} LIMIT ${COUNTED_MAX}))`;
}

/** The journal's two ends of what is in pages, each one look-up. */
const READ_JOURNAL = `SELECT ${HEAD} AS head, ${SEALED} AS sealed`;

export interface DatabaseFigures {
  readonly name: string;
  /** Undefined where the runtime does not say. */
  readonly bytes: number | undefined;
  readonly limitBytes: number;
  /** Events that the journal was given, ever. */
  readonly events: number;
  /** Those that are in R2 alone, and whether more can follow. */
  readonly sealed: { readonly bucket: boolean; readonly events: number };
  /** Messages that the queue gave up on, at most COUNTED_MAX. */
  readonly givenUp: number;
  /** Messages of inbounds that are parked, at most COUNTED_MAX. */
  readonly inboundParked: number;
  /** Relative to the journal. */
  readonly projections: readonly ProjectionStatus[];
}

export async function readDatabase(
  machinery: Machinery,
  env: LedgeEnv,
  placement: Placement,
): Promise<DatabaseFigures> {
  const { name, database, bucket } = placement;
  const projector = projectorFor(machinery, env, placement);
  const [projections, [given, journal]] = await Promise.all([
    projectionStatus(projector, COUNTED_MAX),
    database
      .withSession('first-primary')
      .batch<{ messages: number; inbound: number; head: number; sealed: number }>([
        database.prepare(READ_GIVEN_UP),
        database.prepare(READ_JOURNAL),
      ]),
  ]);
  return {
    name,
    bytes: given?.meta.size_after,
    limitBytes: databaseLimit(env),
    events: journal?.results[0]?.head ?? 0,
    sealed: { bucket: bucket !== undefined, events: journal?.results[0]?.sealed ?? 0 },
    givenUp: given?.results[0]?.messages ?? 0,
    inboundParked: given?.results[0]?.inbound ?? 0,
    projections,
  };
}
