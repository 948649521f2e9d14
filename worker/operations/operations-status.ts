/** The figures as `/v1/status` answers them: each projection with what objects have and the journal lacks. Pure. */

import type { App } from '../../core/app.ts';
import { alertIn, type FoundAlert } from '../../core/failures/alert-notices.ts';
import { alerts } from '../../core/failures/alerts.ts';
import { growthOf } from '../../core/operations/growth.ts';
import type { OperationsStatus } from '../../core/operator-shapes/operations-status.ts';
import type { ProjectionStatus } from '../../core/operator-shapes/projection-status.ts';
import { withUndelivered } from '../health/undelivered-streams.ts';
import type { DatabaseFigures } from './database-figures.ts';
import type { Figures } from './figures.ts';
import { currentAlerts } from './found-alerts.ts';

type Lag = OperationsStatus['projections'][number]['lag'];

/** The figures with the lag of each projection as users see it. */
export function withLags(app: App, figures: Figures): Figures {
  const { incidents, atMs } = figures;
  if (!incidents) return figures;
  const databases = figures.databases.map((one) => ({
    ...one,
    projections: one.projections.map((each) => withUndelivered(app, incidents, each, atMs)),
  }));
  return { ...figures, databases };
}

export function operationsStatus(figures: Figures): OperationsStatus {
  const { atMs, observed, databases, queues, unread } = figures;
  return {
    at: timeOf(atMs),
    observedAt: observed?.observedAtMs == null ? null : timeOf(observed.observedAtMs),
    databases: databases.map((one) => databaseOf(one, figures)),
    queues: queues.map((one) => ({ ...one, oldestSeconds: one.oldestSeconds ?? null })),
    projections: databases.flatMap(({ name: database, projections }) =>
      projections.map((each) => ({
        ...{ name: each.name, database, state: each.state, parked: each.parked },
        lag: lagOf(each, figures),
      })),
    ),
    undelivered: undeliveredOf(figures),
    alerts: currentAlerts(figures).map((alert) => alertOf(alert, figures)),
    unread,
  };
}

function databaseOf(one: DatabaseFigures, figures: Figures) {
  const { name, bytes, limitBytes, events, sealed, givenUp, projections } = one;
  const growth =
    bytes === undefined
      ? undefined
      : growthOf(
          figures.observed?.sizes ?? [],
          { database: name, atMs: figures.atMs, bytes },
          limitBytes,
        );
  return {
    ...{ name, bytes: bytes ?? null, limitBytes, events, sealed, givenUp },
    growthBytesPerDay: growth?.bytesPerDay ?? null,
    daysUntilFull: growth?.daysUntilFull == null ? null : Math.floor(growth.daysUntilFull),
    lag: slowest(projections.map((each) => lagOf(each, figures))),
  };
}

/** A first build has no rows that queries read, and so no lag. */
function lagOf({ serving, lag }: ProjectionStatus, { incidents }: Figures): Lag {
  return incidents && serving !== null ? lag : null;
}

function slowest(lags: readonly Lag[]): Lag {
  const known = lags.filter((one) => one !== null);
  if (known.length === 0) return null;
  return {
    events: Math.max(...known.map(({ events }) => events)),
    seconds: Math.max(...known.map(({ seconds }) => seconds)),
  };
}

function undeliveredOf({ incidents, atMs }: Figures): OperationsStatus['undelivered'] {
  if (!incidents) return null;
  const { deliveries, timers, actions, restored, subscriptions, schedules, groups, unlisted } =
    incidents;
  const ages = deliveries.map(({ firstSeenAt }) => atMs - Date.parse(firstSeenAt));
  return {
    streams: deliveries.reduce((sum, { streams }) => sum + streams, 0),
    events: deliveries.reduce((sum, { events }) => sum + events, 0),
    oldestSeconds: Math.max(0, ...ages.map((ms) => Math.round(ms / 1_000))),
    ...{ timers, actions, restored, subscriptions, schedules, groups, unlisted },
  };
}

function alertOf({ name, subject }: Pick<FoundAlert, 'name' | 'subject'>, { observed }: Figures) {
  const known = alertIn(observed?.alerts ?? [], { name, subject });
  const { cause, remedy } = alerts[name];
  return { alert: name, subject, since: known ? timeOf(known.sinceMs) : null, cause, remedy };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
