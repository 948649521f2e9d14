/** The streams with open incidents, by the databases that their tenants live in. */
import type { KnownIncident } from '../../core/failures/incident.ts';
import { takeDeliveries } from '../incidents/incidents.ts';
import type { Placement } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { byDatabase } from '../runtime/streams-by-database.ts';

/** Of one database. */
export type RegisteredStreams = (placement: Placement) => Promise<readonly KnownIncident[]>;

/** The health objects count each taken stream as attempted: they are asked once for all databases of a sweep. */
export function registeredStreams(
  { databases }: Machinery,
  env: LedgeEnv,
  limit: number,
): RegisteredStreams {
  const take = async () => {
    const taken = await takeDeliveries(env, limit);
    return byDatabase(databases, env, taken, ({ tenant }) => tenant);
  };
  let taking: ReturnType<typeof take> | undefined;
  return async ({ index }) => {
    taking ??= take();
    const { placed } = await taking;
    return placed.find(({ placement }) => placement.index === index)?.streams ?? [];
  };
}
