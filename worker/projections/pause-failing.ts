/** Pauses a generation that fails on many streams. */

import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { generationKey } from '../../core/plan/keys.ts';
import type { ParkedEvent } from '../../core/plan/plan-stream.ts';
import type { ServingSet } from '../../core/plan/projection-version.ts';
import type { Projector } from '../projector/projector.ts';
import { pause } from './versions/version-operations.ts';

/** Our limit: so many parked streams within a minute indicate a bug in the generation. */
const PARKED_STREAMS_MAX = 100;

/**
 * Without the streams of the tenant that parks the most, unless it is the only one: the events of one tenant must not
 * hold back the read models of others.
 */
const PARKED_LATELY = `
  WITH parked AS (
    SELECT tenant, count(*) AS streams FROM dead_letter
    WHERE generation = ? AND status = 'parked' AND parked_at > ? GROUP BY tenant),
  resident AS (SELECT 1 FROM residence WHERE state <> 'erased' AND tenant <> '${OWN_TENANT}' LIMIT 2)
  SELECT coalesce(sum(streams), 0)
    - CASE (SELECT count(*) FROM resident) WHEN 2 THEN coalesce(max(streams), 0) ELSE 0 END AS parked
  FROM parked`;

/** Pauses the generation as a whole, so that it can catch up in one build after the fix. */
export async function pauseWhatParksEverywhere(
  projector: Projector,
  set: ServingSet,
  parked: readonly ParkedEvent[],
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
