/** The context of projections and builds, made for one invocation: the app, a tenant's database, the objects. */

import type { TenantState } from '../../core/access/tenant.ts';
import type { StateQuestion } from '../../core/aggregate/authorization.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import type { App } from '../../core/app.ts';
import type { Incident, ResolvedIncident } from '../../core/failures/incident.ts';
import type { Log } from '../../core/failures/log-line.ts';
import type { LiveNotification } from '../../core/live/watch.ts';
import type { InSpan } from '../../core/operations/span.ts';
import type { EventRange } from '../../durable-objects/index.ts';
import { reportIncidents, resolveIncidents } from '../incidents/incidents.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import type { StorableKeys, TenantKeyName } from '../personal/storable-keys.ts';
import { SubjectKeys } from '../personal/subject-keys.ts';
import { type DispatchReactions, reactionDispatcher } from '../reactions/dispatch-reactions.ts';
import type { Placement } from '../runtime/databases.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import type { Machinery } from '../runtime/machinery.ts';
import { liveStub, readerStub, rebuildStub, streamStub } from '../runtime/object-stubs.ts';
import { readTenantState } from '../runtime/tenant-state.ts';
import { type WakeSubscriptions, wakerOf } from '../wake-ups/wake-subscriptions.ts';

export interface Projector extends JournalStore {
  readonly app: App;
  readonly nowMs: () => number;
  /**
   * Reads a page of a stream from its object, the authoritative log. It may end before its limit, with at least one
   * event.
   */
  readonly readStream: (
    tenant: string,
    stream: string,
    range: EventRange,
  ) => Promise<StoredEvent[]>;
  /** Whether a rule over the state lets a caller read the stream, by its object. */
  readonly isReadable: (
    tenant: string,
    stream: string,
    question: StateQuestion,
  ) => Promise<boolean>;
  /** The newest version of a stream in its object. */
  readonly readHead: (tenant: string, stream: string) => Promise<number>;
  /** Confirms to a stream's object that D1 has the events up to a version. */
  readonly confirm: (tenant: string, stream: string, version: number) => Promise<void>;
  /** What the directory says of a tenant; undefined where there is no such tenant. */
  readonly readTenant: (tenant: string) => Promise<TenantState | undefined>;
  /** Deletes all that the object of a stream has, for good. */
  readonly eraseStream: (tenant: string, stream: string) => Promise<void>;
  /** The keys that open values for rows that are stored plain; see `SubjectKeys.forStoring`. */
  readonly subjectKeys: (wanted: readonly TenantKeyName[]) => Promise<StorableKeys>;
  /** Dispatches the commands of a reactor. */
  readonly dispatchReactions: DispatchReactions;
  /** Wakes the object that runs a projection's builds. */
  readonly wakeBuild: (projection: string) => Promise<unknown>;
  /** Wakes the objects of subscriptions and consumer groups of what was published. Never rejects. */
  readonly wakeSubscriptions: WakeSubscriptions;
  /** Deletes all that the object of a subscription or a consumer group has, for good. `id`: of its row. */
  readonly eraseSubscription: (tenant: string, id: string) => Promise<void>;
  /** Notifies a tenant's Live object of changes of the rows that it watches. */
  readonly notifyLiveObject: (
    tenant: string,
    shard: number,
    notifications: readonly LiveNotification[],
  ) => Promise<unknown>;
  /** Reports to the health objects, outside of D1, why streams cannot reach the journal. Never rejects. */
  readonly reportIncidents: (incidents: readonly Incident[]) => Promise<void>;
  /** Never rejects. */
  readonly resolveIncidents: (resolved: readonly ResolvedIncident[]) => Promise<void>;
  readonly inSpan: InSpan;
  readonly log: Log;
}

/** On one database: for what is done once for each of them, and for tenants that live in it. */
export function projectorFor(machinery: Machinery, env: LedgeEnv, placement: Placement): Projector {
  const { app, platform } = machinery;
  const { name, database, bucket } = placement;
  return {
    app,
    ...{ name, database, bucket },
    nowMs: platform.nowMs,
    log: platform.log,
    inSpan: platform.inSpan,
    // Creating a stub may throw; in an async function every failure is a rejection.
    readStream: async (tenant, stream, range) => streamStub(env, tenant, stream).events(range),
    isReadable: async (tenant, stream, question) => {
      const object = streamStub(env, tenant, stream);
      return (await object.eventPage({ after: 0, limit: 1 }, question)) !== 'unreadable';
    },
    readHead: async (tenant, stream) => streamStub(env, tenant, stream).headVersion(),
    confirm: async (tenant, stream, version) => streamStub(env, tenant, stream).confirm(version),
    readTenant: async (tenant) => {
      const state = await readTenantState(env, tenant);
      const isKnown = state.status !== 'unknown' || machinery.tenants.isThere(env, tenant, state);
      return isKnown ? state : undefined;
    },
    eraseStream: async (tenant, stream) => streamStub(env, tenant, stream).erase(),
    subjectKeys: (wanted) => SubjectKeys.of(machinery).forStoring(env, database, wanted),
    dispatchReactions: reactionDispatcher(machinery, env),
    wakeBuild: (projection) => rebuildStub(env, name, projection).wake(),
    wakeSubscriptions: wakerOf(env, platform.log),
    eraseSubscription: async (tenant, id) => readerStub(env, tenant, id).erase(),
    reportIncidents: (incidents) => reportIncidents(env, platform.log, incidents),
    resolveIncidents: (resolved) => resolveIncidents(env, platform.log, resolved),
    notifyLiveObject: (tenant, shard, notifications) =>
      liveStub(env, tenant, shard).changed(notifications),
  };
}
