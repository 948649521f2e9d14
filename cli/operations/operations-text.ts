/** Where a deployment is, as text: a line for each database, queue and projection, then what to do. Pure. */

import type { OperationsStatus } from '../../core/operator-shapes/operations-status.ts';
import { commandText } from '../../core/package-name.ts';
import { durationText } from '../progress-display.ts';
import { columns, countText, numberText } from './plain-text.ts';

const MB = 1_000_000;

export function isWell({ alerts, unread }: OperationsStatus): boolean {
  return alerts.length + unread.length === 0;
}

export function operationsText(status: OperationsStatus): string {
  return [
    ...columns([...status.databases.map(databaseRow), ...status.queues.map(queueRow)]),
    ...undeliveredLine(status),
    '',
    ...columns([['projection', 'database', 'state', 'lag', 'parked'], ...projectionRows(status)]),
    '',
    ...endLines(status),
  ].join('\n');
}

type Database = OperationsStatus['databases'][number];

function databaseRow({ name, bytes, limitBytes, events, sealed, ...growth }: Database): string[] {
  const share = bytes === null ? '' : `, ${Math.floor((bytes / limitBytes) * 100)} %`;
  const size = bytes === null ? 'size unknown' : `${megabytes(bytes)} of ${megabytes(limitBytes)}`;
  return [
    ...[`database ${name}`, `${size}${share}`, growthText(growth)],
    `${countText(events, 'event')}, ${sealedText(sealed)}`,
  ];
}

function sealedText({ bucket, events }: Database['sealed']): string {
  const where = bucket ? '' : ' (no bucket JOURNAL: nothing is sealed)';
  return `${numberText(events)} sealed${where}`;
}

function growthText({
  growthBytesPerDay,
  daysUntilFull,
}: Pick<Database, 'growthBytesPerDay' | 'daysUntilFull'>): string {
  if (growthBytesPerDay === null) return 'growth not known yet';
  if (daysUntilFull === null) return 'does not grow';
  return `${megabytes(growthBytesPerDay)} a day, full in ${countText(daysUntilFull, 'day')}`;
}

function megabytes(bytes: number): string {
  return `${numberText(bytes / MB)} MB`;
}

function queueRow({ name, messages, oldestSeconds }: OperationsStatus['queues'][number]) {
  const age = oldestSeconds === null ? 'age unknown' : ageText(oldestSeconds);
  return [`queue ${name}`, countText(messages, 'message'), messages === 0 ? '' : `oldest ${age}`];
}

function undeliveredLine({ undelivered }: OperationsStatus): string[] {
  if (!undelivered) return ['undelivered events: unknown'];
  const { streams, events, oldestSeconds, timers, actions, ...others } = undelivered;
  const { restored, subscriptions, groups, schedules } = others;
  const since = events === 0 ? '' : `, oldest ${ageText(oldestSeconds)}`;
  const parked = actions === 0 ? '' : `; ${countText(actions, 'action')} parked`;
  const notWhole =
    restored === 0 ? '' : `; ${countText(restored, 'object')} restored and not whole`;
  const troubled =
    (subscriptions === 0 ? '' : `; ${countText(subscriptions, 'subscription')} in trouble`) +
    (groups === 0 ? '' : `; ${countText(groups, 'consumer group')} in trouble`);
  const undone =
    schedules === 0 ? '' : `; ${countText(schedules, 'schedule')} with a tick that is not done`;
  return [
    `undelivered  ${countText(events, 'event')} of ${countText(streams, 'stream')}${since}; ${countText(timers, 'timer')} that cannot fire${parked}${notWhole}${troubled}${undone}`,
  ];
}

function projectionRows({ projections }: OperationsStatus): string[][] {
  return projections.map(({ name, database, state, lag, parked }) => [
    ...[name, database, state],
    lagText(lag),
    numberText(parked),
  ]);
}

function lagText(lag: OperationsStatus['projections'][number]['lag']): string {
  if (lag === null) return 'unknown';
  return lag.events === 0 ? '0' : `${countText(lag.events, 'event')}, ${ageText(lag.seconds)}`;
}

function ageText(seconds: number): string {
  return durationText(seconds * 1_000);
}

/** What is wrong, each with what to do; or that nothing is. */
function endLines(status: OperationsStatus): string[] {
  const { alerts, unread, observedAt } = status;
  return [
    ...alerts.map(
      ({ alert, subject, since, cause, remedy }) =>
        `${alert} ${subject}${since === null ? '' : `, since ${since}`}: ${cause} ${remedy}`,
    ),
    ...unread.map(
      ({ part, name, kind }) =>
        `${part} ${name} cannot be read (${kind}): its figures are missing.`,
    ),
    observedAt === null
      ? `The cron has not run yet. Locally: curl http://localhost:8787/cdn-cgi/local/scheduled`
      : `The cron looked last at ${observedAt}.`,
    ...(isWell(status) ? ['No alert is open.'] : [`Details: \`${commandText('projections')}\`.`]),
  ];
}
