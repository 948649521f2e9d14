/** The events of a page that a build skips: discarded ones, and those of streams that are held back. */

import { buildKey, generationKey, isLetterNearSql } from '../../../core/plan/keys.ts';
import type { JournalEvent, LeftOut } from '../../../core/plan/plan-catch-up.ts';
import type { Generation } from '../../../core/plan/projection-version.ts';
import { streamKey } from '../positions.ts';

interface HeldRow {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
}

const DISCARDED = `
  SELECT letter.tenant, letter.stream, letter.version
  FROM json_each(?1) AS wanted CROSS JOIN dead_letter AS letter
  WHERE letter.tenant = wanted.value AND ${isLetterNearSql('letter.id', '?2')} AND letter.status = 'discarded'
    AND letter.generation IN (?2, ?3)`;

const READ_LAGGING = `
  SELECT own.tenant, own.stream, own.version
  FROM json_each(?1) AS wanted CROSS JOIN checkpoint AS own
  WHERE own.tenant = wanted.value ->> 0 AND own.stream = wanted.value ->> 1 AND own.projection = ?2`;

/** Reads the discarded events, and the versions from which a complete generation's streams are held back. */
export async function readLeftOut(
  database: D1Database,
  generation: Generation,
  events: readonly JournalEvent[],
): Promise<LeftOut> {
  const { projection: name, version, purpose, built } = generation;
  const key = generationKey({ name, version });
  const streams = new Map(
    events.map(({ tenant, stream }) => [streamKey({ tenant, stream }), [tenant, stream]]),
  );
  const tenants = [...new Set(events.map(({ tenant }) => tenant))];
  const [discarded, lagging] = await database
    .withSession('first-primary')
    .batch([
      database.prepare(DISCARDED).bind(JSON.stringify(tenants), key, buildKey(generation)),
      database.prepare(READ_LAGGING).bind(JSON.stringify([...streams.values()]), key),
    ]);
  // The statement determines the type of the rows.
  const skipped = new Set(((discarded?.results ?? []) as HeldRow[]).map(eventKey));
  const holdsBack = purpose === 'verify' || (purpose === 'primary' && built);
  const held = new Map(
    (holdsBack ? ((lagging?.results ?? []) as HeldRow[]) : []).map((row) => [
      streamKey(row),
      row.version,
    ]),
  );
  return (event) =>
    skipped.has(eventKey(event)) || event.version > (held.get(streamKey(event)) ?? Infinity);
}

function eventKey({ tenant, stream, version }: HeldRow): string {
  return `${tenant}/${stream}@${version}`;
}
