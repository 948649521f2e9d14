/**
 * The one place that makes the stubs of Ledge's objects. The name of an object decides which one it is, so that two
 * ways to make a name would be two objects.
 */
import { objectName, type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { nameIn } from '../../core/protocol/deployment-names.ts';
import type { AggregateStub, HealthStub, LedgeEnv, LiveStub, RebuildStub } from './env.ts';

interface Namespace<Stub> {
  getByName(name: string): Stub;
}

/** A new stub for every call: after an infrastructure error a stub stays broken. */
function stubIn<Stub>(namespace: Namespace<Stub>, name: string): Stub {
  return namespace.getByName(name);
}

export function aggregateStub(env: LedgeEnv, address: StreamAddress): AggregateStub {
  return streamStub(env, address.tenant, streamName(address));
}

/** `stream`: as `order/o-1`. */
export function streamStub(env: LedgeEnv, tenant: string, stream: string): AggregateStub {
  return stubIn(env.AGGREGATE, objectName(tenant, stream));
}

export function liveStub(env: LedgeEnv, tenant: string, shard: number): LiveStub {
  return stubIn(env.LIVE, objectName(tenant, String(shard)));
}

/** The object that drives the builds of a projection in a database. */
export function rebuildStub(env: LedgeEnv, database: string, projection: string): RebuildStub {
  return stubIn(env.REBUILD, nameIn(database, projection));
}

/** The health object that holds a shard of the incidents: those are named by numbers. */
export function incidentsStub(env: LedgeEnv, shard: number): HealthStub {
  return stubIn(env.HEALTH, String(shard));
}

/** The health object that counts what a tenant uses of its quotas. */
export function quotaStub(env: LedgeEnv, tenant: string): HealthStub {
  return stubIn(env.HEALTH, `quota/${tenant}`);
}

/** The health object that keeps the cron's observations. */
export function observationsStub(env: LedgeEnv): HealthStub {
  return stubIn(env.HEALTH, 'observations');
}
