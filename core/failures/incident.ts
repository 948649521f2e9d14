/** Incidents as objects report them, health objects store them and operators read them, and their summaries. */

import type * as z from 'zod';
import type { incident, knownIncident } from './incident-shapes.ts';

/**
 * The reason why a stream's events cannot reach the journal, why its timer cannot fire, why its action is parked, or why
 * a schedule's tick is not done, in words for an operator.
 * Incidents are stored outside of D1 (durable-objects/health), so that they can be read while D1 itself fails.
 */
export type Incident = Readonly<z.output<typeof incident>>;

/** Identifies an incident up to a version: a later incident of the same stream and kind stays open. */
export type ResolvedIncident = Pick<Incident, 'tenant' | 'stream' | 'kind' | 'version'>;

/** An incident as a health object stores it. */
export type KnownIncident = Readonly<z.output<typeof knownIncident>>;

/** The number of incidents over the streams of one aggregate. */
export interface IncidentGroup {
  readonly aggregate: string;
  /** Streams with events that the journal lacks. */
  readonly streams: number;
  /** The number of those events, a lower bound: a stream whose settled version is unknown counts as one event. */
  readonly events: number;
  readonly firstSeenAt: string;
  /** From the newest report, as the stream is. */
  readonly cause: string;
  readonly remedy: string;
  readonly tenant: string;
  readonly stream: string;
}

export interface IncidentSummary {
  readonly deliveries: readonly IncidentGroup[];
  /** Timers that cannot fire. */
  readonly timers: number;
  /** Actions that are parked. */
  readonly actions: number;
  /** Objects that were restored to an earlier time and do not have their events back. */
  readonly restored: number;
  /** Subscriptions that deliver nothing, or not all. */
  readonly subscriptions: number;
  /** Schedules with a tick that is not done. */
  readonly schedules: number;
  /** Consumer groups with parked messages, or that no consumer reads. */
  readonly groups: number;
  /** Reports of further streams, beyond the maximum number of stored incidents. */
  readonly unlisted: number;
}

/** The incident of undelivered events whose delivery has not failed in the object itself. */
export const NOT_ARRIVED = {
  cause: 'The events have not arrived in the journal and in every live projection.',
  remedy:
    'Delivery is retried. A queue that is far behind only needs time; else see the log lines `consume` and `wait`.',
} as const;

export function incidentCount({ deliveries, ...others }: IncidentSummary): number {
  const { timers, actions, restored, subscriptions, schedules, groups, unlisted } = others;
  const rest = timers + actions + restored + subscriptions + schedules + groups + unlisted;
  return deliveries.reduce((sum, { streams }) => sum + streams, rest);
}

/** Merges the summaries of several health objects. */
export function joinSummaries(summaries: readonly IncidentSummary[]): IncidentSummary {
  const groups = Map.groupBy(
    summaries.flatMap(({ deliveries }) => deliveries),
    ({ aggregate }) => aggregate,
  );
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    deliveries: [...groups.values()].flatMap((group) => {
      const [oldest] = group.toSorted((a, b) => a.firstSeenAt.localeCompare(b.firstSeenAt));
      if (!oldest) return [];
      const [streams, events] = [group.map((one) => one.streams), group.map((one) => one.events)];
      return [{ ...oldest, streams: sum(streams), events: sum(events) }];
    }),
    timers: sum(summaries.map(({ timers }) => timers)),
    actions: sum(summaries.map(({ actions }) => actions)),
    restored: sum(summaries.map(({ restored }) => restored)),
    subscriptions: sum(summaries.map(({ subscriptions }) => subscriptions)),
    schedules: sum(summaries.map(({ schedules }) => schedules)),
    groups: sum(summaries.map(({ groups }) => groups)),
    unlisted: sum(summaries.map(({ unlisted }) => unlisted)),
  };
}
