/**
 * Incidents for operators: their number, the first of them in words, and each projection's lag including undelivered
 * events. The lag is a lower bound: events younger than the first check of their object's alarm are not counted, and a
 * stream whose journal version is unknown counts as one event.
 */
import { type App, allSubscribers } from '../../core/app.ts';
import type { IncidentGroup, IncidentSummary } from '../../core/failures/incident.ts';
import type { UndeliveredStreams } from '../../core/failures/incident-shapes.ts';
import type { ProjectionStatus } from '../../core/operator-shapes/projection-status.ts';
import { definedGenerations, type Subscriber } from '../../core/plan/projection-version.ts';
import { incidentSummary, listIncidents } from '../incidents/incidents.ts';
import type { LedgeEnv } from '../runtime/env.ts';

/** Our limit: a person reads them. `/v1/incidents` has all. */
const SHOWN_MAX = 20;

export async function undeliveredStreams(
  env: LedgeEnv,
  tenant: string,
): Promise<{ readonly summary: IncidentSummary; readonly undelivered: UndeliveredStreams }> {
  const [summary, { incidents }] = await Promise.all([
    incidentSummary(env),
    listIncidents(env, tenant, SHOWN_MAX),
  ]);
  const { timers, actions, restored, subscriptions, schedules, groups, unlisted } = summary;
  const { streams, events, oldestAt } = counted(summary.deliveries);
  return {
    summary,
    undelivered: {
      ...{ streams, events, oldestAt, timers, actions, restored, subscriptions, schedules, groups },
      unlisted,
      incidents,
    },
  };
}

function counted(groups: readonly IncidentGroup[]) {
  const [oldestAt = null] = groups.map(({ firstSeenAt }) => firstSeenAt).sort();
  return {
    streams: groups.reduce((sum, group) => sum + group.streams, 0),
    events: groups.reduce((sum, group) => sum + group.events, 0),
    oldestAt,
  };
}

/** The status with the undelivered events of the projection's source streams. */
export function withUndelivered(
  app: App,
  { deliveries }: IncidentSummary,
  status: ProjectionStatus,
  nowMs: number,
): ProjectionStatus {
  const sources = followerOf(app, status.name)?.sources ?? [];
  const own = deliveries.filter(({ aggregate }) => sources.includes(aggregate));
  const { events, oldestAt } = counted(own);
  if (oldestAt === null) return status;
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(oldestAt)) / 1_000));
  return {
    ...status,
    lag: {
      events: status.lag.events + events,
      seconds: Math.max(status.lag.seconds, seconds),
    },
    undelivered: events,
    lastError: own[0]?.cause ?? status.lastError,
  };
}

function followerOf(app: App, name: string): Subscriber | undefined {
  return [...allSubscribers(app), ...definedGenerations(app)].find((one) => one.name === name);
}
