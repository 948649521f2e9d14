/**
 * The metrics of a deployment. Labels are names of the code and of bindings, so that their values are a bounded set and
 * hold nothing of a tenant. What is not known has no sample. Pure.
 */
import { alertNames } from '../../core/failures/alerts.ts';
import type { OperationsStatus } from '../../core/operator-shapes/operations-status.ts';
import { projectionStates } from '../../core/operator-shapes/projection-status.ts';
import { unknownAlerts } from './found-alerts.ts';
import type { Labels, MetricFamily, Sample } from './openmetrics-text.ts';

type Item<List extends 'databases' | 'projections' | 'queues'> = OperationsStatus[List][number];

const DAY_SECONDS = 86_400;

export function metricsOf(status: OperationsStatus): MetricFamily[] {
  return [...ofDatabases(status), ...ofQueues(status), ...ofProjections(status), ...ofAll(status)];
}

function ofDatabases({ databases }: OperationsStatus): MetricFamily[] {
  const of = (value: (one: Item<'databases'>) => number | null | undefined) =>
    databases.flatMap((one) => sample(value(one), { database: one.name }));
  return [
    gauge(
      ['ledge_database_size_bytes', 'bytes'],
      'Size of the database.',
      of(({ bytes }) => bytes),
    ),
    gauge(
      ['ledge_database_limit_bytes', 'bytes'],
      'Size at which the database takes no more.',
      of(({ limitBytes }) => limitBytes),
    ),
    gauge(
      ['ledge_database_growth_bytes', 'bytes'],
      'Growth a day over the last seven days.',
      of(({ growthBytesPerDay }) => growthBytesPerDay),
    ),
    gauge(
      ['ledge_database_full_seconds', 'seconds'],
      'Time until the database is full, at that growth.',
      of(({ daysUntilFull }) => (daysUntilFull === null ? null : daysUntilFull * DAY_SECONDS)),
    ),
    gauge(
      ['ledge_given_up_messages', 'messages'],
      'Messages that the queue gave up on, at most 1000.',
      of(({ givenUp }) => givenUp),
    ),
    {
      ...{ name: 'ledge_journal_events', type: 'counter', unit: 'events' },
      help: 'Events that the journal was given. A restore of the database takes some back.',
      samples: of(({ events }) => events),
    },
    gauge(
      ['ledge_journal_sealed_events', 'events'],
      'Events of the journal that are in R2 instead of the database.',
      of(({ sealed }) => sealed.events),
    ),
    gauge(
      ['ledge_journal_buckets'],
      'Whether there is a bucket: 0 where nothing can be sealed.',
      of(({ sealed }) => Number(sealed.bucket)),
    ),
  ];
}

function ofQueues({ queues }: OperationsStatus): MetricFamily[] {
  const of = (value: (one: Item<'queues'>) => number | null | undefined) =>
    queues.flatMap((one) => sample(value(one), { queue: one.name }));
  return [
    gauge(
      ['ledge_queue_backlog_messages', 'messages'],
      'Messages that wait in the queue.',
      of(({ messages }) => messages),
    ),
    gauge(
      ['ledge_queue_backlog_bytes', 'bytes'],
      'Size of the messages that wait in the queue.',
      of(({ bytes }) => bytes),
    ),
    gauge(
      ['ledge_queue_oldest_seconds', 'seconds'],
      'Age of the oldest message that waits in the queue.',
      of(({ oldestSeconds }) => oldestSeconds),
    ),
  ];
}

function ofProjections({ projections }: OperationsStatus): MetricFamily[] {
  const labelsOf = ({ name, database }: Item<'projections'>) => ({ projection: name, database });
  const of = (value: (one: Item<'projections'>) => number | null | undefined) =>
    projections.flatMap((one) => sample(value(one), labelsOf(one)));
  return [
    gauge(
      ['ledge_projection_lag_events', 'events'],
      'Events that the serving rows lack.',
      of(({ lag }) => lag?.events),
    ),
    gauge(
      ['ledge_projection_lag_seconds', 'seconds'],
      'Age of the oldest event that the serving rows lack.',
      of(({ lag }) => lag?.seconds),
    ),
    gauge(
      ['ledge_projection_parked_streams', 'streams'],
      'Streams on which a dead letter holds the projection back.',
      of(({ parked }) => parked),
    ),
    {
      ...{ name: 'ledge_projection_state', type: 'stateset', help: 'State of the projection.' },
      samples: projections.flatMap((one) =>
        projectionStates.map((state) => ({
          labels: { ...labelsOf(one), ledge_projection_state: state },
          value: Number(one.state === state),
        })),
      ),
    },
  ];
}

function ofAll(status: OperationsStatus): MetricFamily[] {
  const { undelivered, alerts, unread, observedAt } = status;
  const unknown = unknownAlerts(status);
  return [
    gauge(
      ['ledge_undelivered_streams', 'streams'],
      'Streams whose objects have events that the journal lacks.',
      sample(undelivered?.streams),
    ),
    gauge(
      ['ledge_undelivered_events', 'events'],
      'Events that objects have and the journal lacks, at least.',
      sample(undelivered?.events),
    ),
    gauge(
      ['ledge_undelivered_seconds', 'seconds'],
      'Time since the oldest of them was reported.',
      sample(undelivered?.oldestSeconds),
    ),
    gauge(
      ['ledge_stuck_timers', 'timers'],
      'Timers that cannot fire.',
      sample(undelivered?.timers),
    ),
    gauge(
      ['ledge_parked_actions', 'actions'],
      'Actions that are parked.',
      sample(undelivered?.actions),
    ),
    gauge(
      ['ledge_restored_objects', 'objects'],
      'Objects that were restored and do not have their events back.',
      sample(undelivered?.restored),
    ),
    gauge(
      ['ledge_troubled_subscriptions', 'subscriptions'],
      'Subscriptions that deliver nothing, or not all.',
      sample(undelivered?.subscriptions),
    ),
    gauge(
      ['ledge_failing_schedules', 'schedules'],
      'Schedules with a tick that is not done.',
      sample(undelivered?.schedules),
    ),
    gauge(
      ['ledge_troubled_groups', 'groups'],
      'Consumer groups with parked messages, or that no consumer reads.',
      sample(undelivered?.groups),
    ),
    gauge(
      ['ledge_alerts'],
      'Alerts by name.',
      alertNames.flatMap((name) => {
        const count = alerts.filter(({ alert }) => alert === name).length;
        return sample(count === 0 && unknown.includes(name) ? null : count, { alert: name });
      }),
    ),
    gauge(
      ['ledge_unread_parts'],
      'Parts that could not be read. Their figures are missing.',
      ['database', 'queue', 'incidents', 'observations'].map((part) => ({
        labels: { part },
        value: unread.filter((one) => one.part === part).length,
      })),
    ),
    gauge(
      ['ledge_observed_timestamp_seconds', 'seconds'],
      'When the cron last looked, to within ten minutes.',
      sample(observedAt === null ? null : Date.parse(observedAt) / 1_000),
    ),
  ];
}

type Name = readonly [name: string, unit?: string];

function gauge([name, unit]: Name, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, type: 'gauge', ...(unit !== undefined && { unit }), help, samples };
}

/** None where the value is not known. */
function sample(value: number | null | undefined, labels?: Labels): Sample[] {
  if (value == null) return [];
  return [{ value, ...(labels && { labels }) }];
}
