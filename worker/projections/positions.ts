/** Reads the checkpoints of streams and the generations that are live. */

import type { Watch } from '../../core/live/watch.ts';
import { deadLetterIdSql } from '../../core/plan/keys.ts';
import type { StreamPosition } from '../../core/plan/plan-stream.ts';
import { SHARED_CHECKPOINT } from '../../core/plan/plan-stream.ts';
import type { ServingSet } from '../../core/plan/projection-version.ts';
import { readWatches, watchesFrom } from '../notifications/registrations.ts';
import { absentFrom, readAbsent } from './residence.ts';
import { isClosed, readServingSet, servingSetFrom } from './serving-set.ts';

interface CheckpointRow {
  readonly tenant: string;
  readonly stream: string;
  readonly generation: string;
  readonly version: number;
  readonly eventId: string;
  readonly parked: number;
}

/**
 * CROSS JOIN keeps the requested streams in the outer loop: one key look-up each, never a scan of all checkpoints. A
 * lagging checkpoint is parked if the event after it has a dead letter.
 */
const READ_CHECKPOINTS = `
  SELECT own.tenant, own.stream, own.projection AS generation, own.version, own.event_id AS eventId,
    CASE WHEN own.projection <> '' THEN EXISTS (
      SELECT 1 FROM dead_letter WHERE tenant = own.tenant AND status = 'parked'
        AND id = ${deadLetterIdSql('own.projection', 'own.stream', 'own.version + 1')}) ELSE 0 END AS parked
  FROM json_each(?) AS wanted CROSS JOIN checkpoint AS own
  WHERE own.tenant = wanted.value ->> 0 AND own.stream = wanted.value ->> 1`;

type StreamId = Pick<StreamPosition, 'tenant' | 'stream'>;

export interface Positions {
  readonly set: ServingSet;
  /** A build writes its last page, so that a plan made now would lose the race. */
  readonly isClosed: boolean;
  /** In the order of the requested streams. */
  readonly positions: readonly StreamPosition[];
  /** The tenants that have no data in this database, as far as it knows. */
  readonly absentTenants: readonly string[];
  /** The watches of the streams' tenants. */
  readonly registered: readonly Watch[];
}

/** Plans read the primary: with an outdated checkpoint of a replica the batch would lose its race. */
export async function readPositions(
  database: D1Database,
  streams: readonly StreamId[],
  start: D1SessionConstraint = 'first-primary',
): Promise<Positions> {
  const wanted = JSON.stringify(streams.map(({ tenant, stream }) => [tenant, stream]));
  const tenants = streams.map(({ tenant }) => tenant);
  const [set, checkpoints, watches, absent] = await database
    .withSession(start)
    .batch([
      readServingSet(database),
      database.prepare(READ_CHECKPOINTS).bind(wanted),
      readWatches(database, tenants),
      readAbsent(database, tenants),
    ]);
  // The statement determines the type of the rows.
  const rows = Map.groupBy((checkpoints?.results ?? []) as CheckpointRow[], streamKey);
  return {
    set: servingSetFrom(set?.results ?? []),
    isClosed: isClosed(set?.results ?? []),
    positions: streams.map((stream) => positionFrom(stream, rows.get(streamKey(stream)) ?? [])),
    registered: watchesFrom(watches),
    absentTenants: absentFrom(absent),
  };
}

export function streamKey({ tenant, stream }: StreamId): string {
  return `${tenant}/${stream}`;
}

function positionFrom(
  { tenant, stream }: StreamId,
  rows: readonly CheckpointRow[],
): StreamPosition {
  const shared = rows.find(({ generation }) => generation === SHARED_CHECKPOINT);
  const lagging = rows
    .filter(({ generation }) => generation !== SHARED_CHECKPOINT)
    .map(({ generation, version, parked }) => ({ generation, version, parked: parked === 1 }));
  const { version = 0, eventId = '' } = shared ?? {};
  return { tenant, stream, version, lagging, ...(eventId !== '' && { eventId }) };
}
