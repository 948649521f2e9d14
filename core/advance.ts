import { type App, recordedEvent } from './app.ts';
import type { StoredEvent } from './event.ts';
import { foldChanges, type RowChange } from './row-change.ts';

/** How far a stream's events have reached the journal and the projections. */
export interface Checkpoint {
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
}

/** The step that one stream takes: from the version that was read to `next`, with all that goes into the batch. */
export interface StreamPlan {
  readonly tenant: string;
  readonly stream: string;
  readonly read: number;
  readonly next: number;
  readonly journal: readonly StoredEvent[];
  readonly changes: readonly RowChange[];
  /** Why the plan stops before the last event it was given. */
  readonly failure?: PlanFailure;
}

export interface PlanFailure {
  readonly version: number;
  readonly type: string;
  readonly error: unknown;
}

/** The events that follow a version without a gap, whatever order and however often they were delivered. */
export function eventsAfter(version: number, delivered: readonly StoredEvent[]): StoredEvent[] {
  const byVersion = new Map(delivered.map((event) => [event.version, event]));
  const joined: StoredEvent[] = [];
  for (let next = byVersion.get(version + 1); next; next = byVersion.get(next.version + 1)) {
    joined.push(next);
  }
  return joined;
}

/** Plans one stream's step. `events` must join on to the checkpoint without a gap: see `eventsAfter`. */
export function planStream(
  app: App,
  checkpoint: Checkpoint,
  events: readonly StoredEvent[],
): StreamPlan {
  const { tenant, stream, version: read } = checkpoint;
  const changes: RowChange[] = [];
  for (const [index, event] of events.entries()) {
    try {
      changes.push(...handle(app, event));
    } catch (error) {
      const failure = { version: event.version, type: event.type, error };
      const journal = events.slice(0, index);
      return { tenant, stream, read, next: read + index, journal, changes, failure };
    }
  }
  return { tenant, stream, read, next: read + events.length, journal: events, changes };
}

function handle(app: App, stored: StoredEvent): RowChange[] {
  const event = recordedEvent(app, stored);
  return app.projections.flatMap((projection) => projection.handle(event));
}

/** A row change whose tenant is known: it can be written. */
export interface TenantRowChange {
  readonly tenant: string;
  readonly change: RowChange;
}

/** The steps of many streams as one: what a single D1 batch writes. */
export interface BatchPlan {
  readonly journal: readonly StoredEvent[];
  readonly steps: readonly StreamPlan[];
  /** Applied in order; within a layer no two changes touch the same row. */
  readonly layers: readonly (readonly TenantRowChange[])[];
}

export function planBatch(plans: readonly StreamPlan[]): BatchPlan {
  const steps = plans.filter((plan) => plan.next > plan.read);
  const tenants = [...new Set(steps.map((plan) => plan.tenant))];
  return {
    journal: steps.flatMap((plan) => plan.journal),
    steps,
    layers: zipLayers(tenants.map((tenant) => tenantLayers(tenant, steps))),
  };
}

function tenantLayers(tenant: string, steps: readonly StreamPlan[]): TenantRowChange[][] {
  const own = steps.filter((step) => step.tenant === tenant).flatMap((step) => step.changes);
  return foldChanges(own).map((layer) => layer.map((change) => ({ tenant, change })));
}

function zipLayers(perTenant: readonly TenantRowChange[][][]): TenantRowChange[][] {
  const depth = perTenant.reduce((most, layers) => Math.max(most, layers.length), 0);
  return Array.from({ length: depth }, (_, layer) =>
    perTenant.flatMap((layers) => layers[layer] ?? []),
  );
}

/** The first half of a step, so that a failing event can be cornered. Undefined when it is a single event. */
export function firstHalf(app: App, plan: StreamPlan): StreamPlan | undefined {
  if (plan.journal.length < 2) return undefined;
  const { tenant, stream, read } = plan;
  const half = plan.journal.slice(0, Math.ceil(plan.journal.length / 2));
  return planStream(app, { tenant, stream, version: read }, half);
}
