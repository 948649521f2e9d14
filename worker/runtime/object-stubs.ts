/**
 * The one place that makes the stubs of Ledge's objects. The name of an object decides which one it is, and so does its
 * jurisdiction: two ways to make a stub would be two objects.
 */
import { OWN_TENANT } from '../../core/access/own-tenant.ts';
import { objectName, type StreamAddress, streamName } from '../../core/aggregate/stream.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import { groupOf } from '../../core/group/reader-id.ts';
import { nameIn } from '../../core/protocol/deployment-names.ts';
import type {
  AggregateStub,
  GroupStub,
  HealthStub,
  LedgeEnv,
  LiveStub,
  ObjectNamespace,
  RebuildStub,
  SubscriptionStub,
} from './env.ts';
import { jurisdictionFinder, jurisdictionOf } from './jurisdictions.ts';

/** A new stub for every call: after an infrastructure error a stub stays broken. */
function stubIn<Stub>(
  namespace: ObjectNamespace<Stub>,
  name: string,
  jurisdiction: string | null = null,
): Stub {
  if (jurisdiction === null) return namespace.getByName(name);
  if (!namespace.jurisdiction) throw new KnownFault('The binding of objects has no jurisdictions.');
  return namespace.jurisdiction(jurisdiction).getByName(name);
}

/** Where a database has a jurisdiction, a call of the stub first finds that of the tenant. */
function stubOf<Stub extends object>(
  env: LedgeEnv,
  namespace: ObjectNamespace<Stub>,
  tenant: string,
  name: string,
): Stub {
  const find = jurisdictionFinder(env);
  if (!find || tenant === OWN_TENANT) return stubIn(namespace, name);
  return deferred(() =>
    find(env, tenant).then((jurisdiction) => stubIn(namespace, name, jurisdiction)),
  );
}

/** Its methods are those of the stub, which is made for the call. */
function deferred<Stub extends object>(make: () => Promise<Stub>): Stub {
  const call = async (method: string | symbol, input: unknown[]) => {
    const stub: object = await make();
    // By itself: a property of a method of a stub is one of the object's.
    return Reflect.apply(Reflect.get(stub, method), stub, input);
  };
  const get = (_target: Stub, method: string | symbol) =>
    // A stub is no promise.
    method === 'then' ? undefined : (...input: unknown[]) => call(method, input);
  // Every property of a stub is a method.
  return new Proxy({} as Stub, { get });
}

export function aggregateStub(env: LedgeEnv, address: StreamAddress): AggregateStub {
  return streamStub(env, address.tenant, streamName(address));
}

/** `stream`: as `order/o-1`. */
export function streamStub(env: LedgeEnv, tenant: string, stream: string): AggregateStub {
  return stubOf(env, env.AGGREGATE, tenant, objectName(tenant, stream));
}

export function liveStub(env: LedgeEnv, tenant: string, shard: number): LiveStub {
  return stubOf(env, env.LIVE, tenant, objectName(tenant, String(shard)));
}

/** The object that drives the builds of a projection in a database. */
export function rebuildStub(env: LedgeEnv, database: string, projection: string): RebuildStub {
  return stubIn(env.REBUILD, nameIn(database, projection), jurisdictionOf(env, database));
}

/** @throws KnownFault where the Worker has no such objects */
export function subscriptionStub(env: LedgeEnv, tenant: string, id: string): SubscriptionStub {
  const { SUBSCRIPTION: namespace } = env;
  if (!namespace) throw new KnownFault('The Worker has no binding SUBSCRIPTION.');
  return stubOf(env, namespace, tenant, objectName(tenant, id));
}

/** @throws KnownFault where the Worker has no such objects */
export function groupStub(env: LedgeEnv, tenant: string, name: string): GroupStub {
  const { GROUP: namespace } = env;
  if (!namespace) throw new KnownFault('The Worker has no binding GROUP.');
  return stubOf(env, namespace, tenant, objectName(tenant, name));
}

/** The object of a subscription or a consumer group, by the id of its row. */
export function readerStub(
  env: LedgeEnv,
  tenant: string,
  id: string,
): Pick<SubscriptionStub | GroupStub, 'wake' | 'erase'> {
  const group = groupOf(id);
  return group === undefined ? subscriptionStub(env, tenant, id) : groupStub(env, tenant, group);
}

/** The health object that holds a shard of the incidents: those are named by numbers. */
export function incidentsStub(env: LedgeEnv, shard: number): HealthStub {
  return stubIn(env.HEALTH, String(shard));
}

/** The health object that counts what a tenant uses of its quotas. */
export function quotaStub(env: LedgeEnv, tenant: string): HealthStub {
  return stubOf(env, env.HEALTH, tenant, `quota/${tenant}`);
}

/** The health object that keeps the cron's observations. */
export function observationsStub(env: LedgeEnv): HealthStub {
  return stubIn(env.HEALTH, 'observations');
}
