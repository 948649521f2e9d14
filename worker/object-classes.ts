/**
 * The classes of Ledge's objects, as the embedding Worker exports them. They get what they need of the Worker's side from
 * here, so that neither imports the other's inside.
 */
import { hasPersonalData } from '../core/personal-data.ts';
import { namedIn } from '../core/protocol/deployment-names.ts';
import {
  aggregateObject,
  groupObject,
  type HealthPorts,
  healthObject,
  type LivePorts,
  liveObject,
  type ObjectClass,
  type Ports,
  rebuildObject,
  subscriptionObject,
} from '../durable-objects/index.ts';
import { readKeyValidity } from './access/key-state.ts';
import { groupPortsOf } from './groups/group-ports.ts';
import { deliverRegistered, resolvedBy } from './health/deliver-registered.ts';
import { perDatabase } from './health/per-database.ts';
import { rightsOf } from './http/rights-of.ts';
import { reportIncidents, resolveIncidents } from './incidents/incidents.ts';
import { liveQueries } from './live/live-query.ts';
import { readFrame } from './live/read-frame.ts';
import { waveReader } from './live/read-wave.ts';
import { rowsOfQuery } from './live/rows-of-query.ts';
import { socketTicket } from './live/socket-ticket.ts';
import { beginWatch, endWatch } from './notifications/registrations.ts';
import { openedTexts } from './personal/show-personal.ts';
import { newWrappedKey, rewrapped } from './personal/wrapped-key.ts';
import { settledVersion, settledVersions } from './projections/settled-version.ts';
import { measuredPage } from './projections/versions/measured-page.ts';
import { projectorFor } from './projector/projector.ts';
import { sentReaction } from './reactions/send-reaction.ts';
import { journalEnd, readStreamJournal } from './restore/stream-journal.ts';
import type { LedgeEnv } from './runtime/env.ts';
import type { Machinery } from './runtime/machinery.ts';
import { subscriptionPortsOf } from './subscriptions/subscription-ports.ts';

export type ObjectName =
  | 'AggregateObject'
  | 'GroupObject'
  | 'HealthObject'
  | 'LiveObject'
  | 'RebuildObject'
  | 'SubscriptionObject';

/** The Worker's environment, as Ledge's code reads it, and back. */
interface Environment {
  readonly of: (own: object) => LedgeEnv;
  readonly ownOf: (env: LedgeEnv) => object;
}

export function objectsOf<Env extends object>(
  machinery: Machinery,
  environment: Environment,
): Record<ObjectName, ObjectClass<Env>> {
  const { app, access } = machinery;
  const ports = portsOf(machinery, environment);
  const embedded = (object: ObjectClass<LedgeEnv>) => embeddedClass<Env>(object, environment);
  return {
    AggregateObject: embedded(aggregateObject({ app, access, ports })),
    GroupObject: embedded(groupObject(groupPortsOf(machinery))),
    HealthObject: embedded(healthObject(healthPortsOf(machinery))),
    LiveObject: embedded(liveObject(livePortsOf(machinery))),
    RebuildObject: embedded(rebuildObject(ports)),
    SubscriptionObject: embedded(subscriptionObject(subscriptionPortsOf(machinery))),
  };
}

/** The platform makes an object with the Worker's own environment, which none of an object's public members shows. */
function embeddedClass<Env extends object>(
  object: ObjectClass<LedgeEnv>,
  environment: Environment,
): ObjectClass<Env> {
  const embedded = class extends object {
    constructor(ctx: DurableObjectState, env: LedgeEnv) {
      super(ctx, environment.of(env));
    }
  };
  return embedded as unknown as ObjectClass<Env>;
}

function portsOf(machinery: Machinery, { ownOf }: Environment): Ports<LedgeEnv> {
  const { app, databases, platform } = machinery;
  return {
    nowMs: platform.nowMs,
    newId: platform.newId,
    sendEvents: (env, message, { tenant, stream }) => {
      const queue = databases.queueOf(env, tenant, stream);
      // Nothing comes between a commit and the sending of its events where nothing has to be asked.
      if (typeof queue === 'number') return platform.sendEvents(env, message, queue);
      return queue.then((index) => platform.sendEvents(env, message, index));
    },
    oldestMessageMs: async (env, { tenant, stream }) =>
      platform.oldestMessageMs(env, await databases.queueOf(env, tenant, stream)),
    log: platform.log,
    inSpan: platform.inSpan,
    sendReaction: (env, event, reaction, origin) =>
      sentReaction({ machinery, env }, event, reaction, origin),
    openPersonal: async (env, tenant, sealed) => {
      const reader = { machinery, env, tenant, opensPersonal: true };
      return (await openedTexts(reader, new Set([sealed]))).get(sealed) ?? null;
    },
    ownEnv: ownOf,
    projectedVersion: async (env, tenant, stream) =>
      settledVersion(app, (await databases.of(env, tenant)).database, { tenant, stream }),
    journalEnd: async (env, tenant, stream) =>
      journalEnd(app, (await databases.of(env, tenant)).database, { tenant, stream }),
    readJournal: async (env, of, after, limit) =>
      readStreamJournal(await databases.of(env, of.tenant), of, after, limit),
    reportIncident: (env, incident) => reportIncidents(env, platform.log, [incident]),
    resolveIncident: (env, resolved) => resolveIncidents(env, platform.log, [resolved]),
    newSubjectKey: (env, tenant) => newWrappedKey(env, tenant),
    rewrapSubjectKey: (env, tenant, wrapped) => rewrapped(env, tenant, wrapped),
    buildPage: async (env, object, eventsMax) => {
      const { database, name: projection } = namedIn(object);
      const projector = projectorFor(machinery, env, databases.named(env, database));
      return measuredPage(projector, projection, eventsMax);
    },
  };
}

function healthPortsOf(machinery: Machinery): HealthPorts<LedgeEnv> {
  const { app, platform } = machinery;
  return {
    nowMs: platform.nowMs,
    log: platform.log,
    settledVersions: (env, incidents) =>
      perDatabase(machinery, env, incidents, async ({ database }, own) => {
        const versions = await settledVersions(app, database, own);
        return own.map((incident, index) => ({
          ...{ incident, settledVersion: versions[index] ?? 0 },
        }));
      }),
    deliver: async (env, incidents) => {
      const delivered = await perDatabase(machinery, env, incidents, deliverRegistered);
      return delivered.map(resolvedBy);
    },
  };
}

function livePortsOf(machinery: Machinery): LivePorts<LedgeEnv> {
  const { basePath, databases, platform } = machinery;
  const { nowMs, newId, log } = platform;
  return {
    ...{ nowMs, newId, log, basePath },
    readFrame,
    liveQuery: liveQueries(machinery),
    readTogether: waveReader(machinery),
    visibleRows: (tenant, caller) => rightsOf(machinery, { ...caller, tenant }).rows,
    opensPersonal: (tenant, caller) =>
      hasPersonalData(machinery.app) && rightsOf(machinery, { ...caller, tenant }).opensPersonal,
    rowsOfQuery: (rows, query) => rowsOfQuery(machinery, rows, query),
    watch: async (env, watch) =>
      beginWatch((await databases.of(env, watch.tenant)).database, watch),
    readTicket: (env, text) => socketTicket(env, nowMs(), text),
    keyValidity: readKeyValidity,
    tenantValidity: (env, tenant) => machinery.tenants.validity(env, tenant),
    forget: async (env, watch) => endWatch((await databases.of(env, watch.tenant)).database, watch),
  };
}
