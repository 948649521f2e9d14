/**
 * Reports, resolves and reads incidents in the health objects. A report never rejects, because its subject has already
 * failed; reading rejects, because a health object that cannot be read is not healthy.
 */

import { objectName } from '../../core/aggregate/stream.ts';
import {
  type Incident,
  type IncidentSummary,
  joinSummaries,
  type KnownIncident,
  type ResolvedIncident,
} from '../../core/failures/incident.ts';
import type { Log, LogLine } from '../../core/failures/log-line.ts';
import type { HealthStub, LedgeEnv } from '../runtime/env.ts';
import { incidentsStub } from '../runtime/object-stubs.ts';
import { shardOf } from '../runtime/shard.ts';

/**
 * The number of health objects, for all tenants. Our value: one takes about 500 requests a second (platform), in an
 * outage every written stream reports within a minute, and each request of an operator reads all of them.
 */
const SHARDS = 4;

export async function reportIncidents(
  env: LedgeEnv,
  log: Log,
  incidents: readonly Incident[],
): Promise<void> {
  const [first] = incidents;
  if (!first) return;
  // Its cause may quote domain code: the health object shows it to operators.
  const { tenant, stream, version, kind } = first;
  log('error', {
    operation: 'incident',
    incidents: incidents.length,
    ...{ tenant, stream, version, kind: shownKind(kind) },
  });
  await inShards(env, log, incidents, (health, own) => health.report(own));
}

const shownKinds = [
  'delivery',
  'restored',
  'subscription',
  'schedule',
  'group',
  'timer',
  'action',
] as const;

/** Without the id that the domain has chosen. */
function shownKind(kind: Incident['kind']): NonNullable<LogLine['kind']> {
  const [shown] = kind.split('/');
  return shownKinds.find((one) => one === shown) ?? 'delivery';
}

export async function resolveIncidents(
  env: LedgeEnv,
  log: Log,
  resolved: readonly ResolvedIncident[],
): Promise<void> {
  await areResolved(env, log, resolved);
}

/** The same, for a caller that repeats it: false where a health object has not answered. */
export async function areResolved(
  env: LedgeEnv,
  log: Log,
  resolved: readonly ResolvedIncident[],
): Promise<boolean> {
  return inShards(env, log, resolved, (health, own) => health.resolve(own));
}

/** A shard that cannot be reached is logged: the next report or check repeats the call. */
async function inShards<One extends ResolvedIncident>(
  env: LedgeEnv,
  log: Log,
  incidents: readonly One[],
  call: (health: HealthStub, own: readonly One[]) => Promise<void>,
): Promise<boolean> {
  const shards = Map.groupBy(incidents, ({ tenant, stream }) =>
    shardOf(objectName(tenant, stream), SHARDS),
  );
  const answered = await Promise.all(
    [...shards].map(async ([shard, own]) => {
      try {
        await call(incidentsStub(env, shard), own);
        return true;
      } catch (error) {
        log('error', { operation: 'health', shard, error });
        return false;
      }
    }),
  );
  return answered.every((one) => one);
}

/** The start of a page: a shard, and the stream and kind after which it begins. */
export interface IncidentPlace {
  readonly shard: number;
  readonly after: readonly [stream: string, kind: string];
}

export const FIRST_PLACE: IncidentPlace = { shard: 0, after: ['', ''] };

export interface IncidentList {
  readonly incidents: readonly KnownIncident[];
  /** The start of the next page, if there may be one. */
  readonly next?: IncidentPlace;
}

/** A page of a tenant's incidents, shard by shard, by stream within a shard. */
export async function listIncidents(
  env: LedgeEnv,
  tenant: string,
  limit: number,
  { shard, after }: IncidentPlace = FIRST_PLACE,
): Promise<IncidentList> {
  if (shard >= SHARDS) return { incidents: [] };
  const own = await incidentsStub(env, shard).list({ tenant, after, limit });
  const last = own.at(-1);
  if (last && own.length === limit) {
    return { incidents: own, next: { shard, after: [last.stream, last.kind] } };
  }
  const rest = await listIncidents(env, tenant, limit - own.length, {
    shard: shard + 1,
    after: ['', ''],
  });
  return { ...rest, incidents: [...own, ...rest.incidents] };
}

/** The number of incidents over all tenants. */
export async function incidentSummary(env: LedgeEnv): Promise<IncidentSummary> {
  return joinSummaries(await fromShards((shard) => incidentsStub(env, shard).summary()));
}

/** The deliveries with the oldest attempts, of every tenant. Counts as an attempt. */
export async function takeDeliveries(env: LedgeEnv, limit: number): Promise<KnownIncident[]> {
  const perShard = Math.ceil(limit / SHARDS);
  return (await fromShards((shard) => incidentsStub(env, shard).take(perShard))).flat();
}

/** Of a tenant that is erased: its streams deliver nothing more. */
export async function forgetTenant(env: LedgeEnv, tenant: string): Promise<void> {
  await fromShards((shard) => incidentsStub(env, shard).forgetTenant(tenant));
}

function fromShards<Answer>(call: (shard: number) => Promise<Answer>): Promise<Answer[]> {
  return Promise.all(Array.from({ length: SHARDS }, (_, shard) => call(shard)));
}
