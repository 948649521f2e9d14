import type * as z from 'zod';
import type { incident, knownIncident } from './incident-shapes.ts';

/**
 * What keeps a stream's events from the journal, or a timer of it from firing, in words for an operator. Incidents are
 * kept outside of D1 (durable-objects/health), so that they are known while D1 itself is what fails.
 */
export type Incident = Readonly<z.output<typeof incident>>;

/** Names an incident up to a version: a later one of the same stream and kind is not resolved with it. */
export type ResolvedIncident = Pick<Incident, 'tenant' | 'stream' | 'kind' | 'version'>;

/** An incident as a health object keeps it. */
export type KnownIncident = Readonly<z.output<typeof knownIncident>>;

/** The incidents of the streams of one aggregate, counted. */
export interface IncidentGroup {
  readonly aggregate: string;
  /** Streams with events that the journal lacks. */
  readonly streams: number;
  /** Those events. A stream whose settled version is unknown counts as one: a lower bound. */
  readonly events: number;
  readonly firstSeenAt: string;
  /** Of the newest report. */
  readonly cause: string;
  readonly remedy: string;
}

export interface IncidentSummary {
  readonly deliveries: readonly IncidentGroup[];
  /** Timers that cannot fire. */
  readonly timers: number;
  /** Reports of further streams, beyond the number of incidents that are kept. */
  readonly unlisted: number;
}

/** What an object says of events that have not arrived, where nothing has failed before its eyes. */
export const NOT_ARRIVED = {
  cause: 'The events have not arrived in the journal and in every live projection.',
  remedy:
    'Delivery is retried. A queue that is far behind only needs time; else see the log lines `consume` and `wait`.',
} as const;

export function incidentCount({ deliveries, timers, unlisted }: IncidentSummary): number {
  return deliveries.reduce((sum, { streams }) => sum + streams, timers + unlisted);
}

/** One summary of several health objects' summaries. */
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
    unlisted: sum(summaries.map(({ unlisted }) => unlisted)),
  };
}
