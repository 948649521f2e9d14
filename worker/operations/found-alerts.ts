/** The alerts of the figures, and those that missing figures leave unknown. Pure. */
import { alertIn, type FoundAlert } from '../../core/failures/alert-notices.ts';
import type { AlertName } from '../../core/failures/alerts.ts';
import { growthOf } from '../../core/operations/growth.ts';
import type { ProjectionStatus } from '../../core/operator-shapes/projection-status.ts';
import { nameIn } from '../../core/protocol/deployment-names.ts';
import { WARNED_SHARE } from '../d1/database-size.ts';
import type { DatabaseFigures } from './database-figures.ts';
import type { Figures, UnreadPart } from './figures.ts';
import type { QueueFigures } from './queue-figures.ts';

/** Ours: some seconds of the consumer's work, a tenth of what holds batches up. */
const BACKLOG_MESSAGES = 10_000;

/** Ours: a message that failed some times has waited this long. */
const WAITED_SECONDS = 300;

/** Ours: far beyond what the queue takes, and what the sweep repairs within a minute. */
const LAG_SECONDS = 300;

export function foundAlerts(figures: Figures): FoundAlert[] {
  const { databases, queues, unread } = figures;
  return [
    ...unread.flatMap(unreachable),
    ...databases.flatMap((one) => [
      ...nearlyFull(one, figures),
      ...givenUp(one),
      ...inboundParked(one),
      ...one.projections.flatMap((status) => projectionAlerts(one.name, status)),
    ]),
    ...queues.flatMap(backlog),
    ...undelivered(figures),
  ];
}

/** Of the cron's own steps, which no figure shows. */
const OF_THE_CRON: readonly AlertName[] = ['sweep-behind', 'upkeep-failing'];

/** The alerts that each part shows. */
const SHOWN_BY: Readonly<Record<UnreadPart['part'], readonly AlertName[]>> = {
  database: [
    ...(['database-nearly-full', 'messages-given-up', 'lag-high'] as const),
    ...(['projection-stopped', 'dead-letters', 'inbound-parked'] as const),
  ],
  queue: ['backlog-high'],
  incidents: [
    ...(['stream-undelivered', 'timer-stuck', 'action-parked', 'object-restored'] as const),
    ...(['subscription-failing', 'schedule-failing', 'group-failing', 'lag-high'] as const),
  ],
  observations: OF_THE_CRON,
};

export function unknownAlerts({
  unread,
}: {
  readonly unread: readonly Pick<UnreadPart, 'part'>[];
}): AlertName[] {
  return [...new Set(unread.flatMap(({ part }) => SHOWN_BY[part]))];
}

/** Those of the figures, and those that the cron has raised and no figure can end. */
export function currentAlerts(figures: Figures): readonly Pick<FoundAlert, 'name' | 'subject'>[] {
  const unknown = [...OF_THE_CRON, ...unknownAlerts(figures)];
  const found = foundAlerts(figures);
  const kept = (figures.observed?.alerts ?? []).filter(
    (one) => unknown.includes(one.name) && !alertIn(found, one),
  );
  return [...found, ...kept];
}

function unreachable({ part, name, kind }: UnreadPart): FoundAlert[] {
  if (part !== 'database') return [];
  return [{ name: 'database-unreachable', subject: name, figures: { kind } }];
}

function nearlyFull(
  { name, bytes = 0, limitBytes }: DatabaseFigures,
  { observed, atMs }: Figures,
): FoundAlert[] {
  if (bytes < WARNED_SHARE * limitBytes) return [];
  const days = growthOf(observed?.sizes ?? [], { database: name, atMs, bytes }, limitBytes);
  const figures = {
    percent: Math.floor((bytes / limitBytes) * 100),
    ...(days?.daysUntilFull != null && { daysLeft: Math.floor(days.daysUntilFull) }),
  };
  return [{ name: 'database-nearly-full', subject: name, figures }];
}

function givenUp({ name, givenUp: messages }: DatabaseFigures): FoundAlert[] {
  if (messages === 0) return [];
  return [{ name: 'messages-given-up', subject: name, figures: { messages } }];
}

function inboundParked({ name, inboundParked: parked }: DatabaseFigures): FoundAlert[] {
  if (parked === 0) return [];
  return [{ name: 'inbound-parked', subject: name, figures: { parked } }];
}

/** The subject of another database than the first names it: `DB_2/orders`. */
function projectionAlerts(database: string, status: ProjectionStatus): FoundAlert[] {
  const { name, parked, lag } = status;
  const subject = nameIn(database, name);
  const isStopped = stops(status);
  const lags = !isStopped && status.serving !== null && lag.seconds > LAG_SECONDS;
  return [
    ...(isStopped ? [{ name: 'projection-stopped' as const, subject }] : []),
    ...(parked > 0 ? [{ name: 'dead-letters' as const, subject, figures: { parked } }] : []),
    ...(lags ? [{ name: 'lag-high' as const, subject, figures: lag }] : []),
  ];
}

/** A version that the code no longer defines may be inactive. */
function stops({ version, state, generations }: ProjectionStatus): boolean {
  if (version === null) return false;
  if (state === 'paused' || state === 'stopped' || state === 'inactive') return true;
  return generations.some((one) => one.state === 'catching-up' && one.reason !== null);
}

function backlog({ name, messages, oldestSeconds }: QueueFigures): FoundAlert[] {
  const isHigh = messages > BACKLOG_MESSAGES || (oldestSeconds ?? 0) > WAITED_SECONDS;
  if (!isHigh) return [];
  const figures = { messages, ...(oldestSeconds !== undefined && { seconds: oldestSeconds }) };
  return [{ name: 'backlog-high', subject: name, figures }];
}

function undelivered({ incidents, atMs }: Figures): FoundAlert[] {
  const {
    deliveries = [],
    timers = 0,
    actions = 0,
    restored = 0,
    subscriptions = 0,
    schedules = 0,
    groups = 0,
  } = incidents ?? {};
  return [
    ...deliveries.map(({ aggregate, streams, events, firstSeenAt, tenant, stream }) => ({
      ...{ name: 'stream-undelivered' as const, subject: aggregate },
      figures: {
        ...{ incidents: streams, events, tenant, stream },
        seconds: Math.max(0, Math.round((atMs - Date.parse(firstSeenAt)) / 1_000)),
      },
    })),
    ...(timers > 0
      ? [{ name: 'timer-stuck' as const, subject: 'timers', figures: { incidents: timers } }]
      : []),
    ...(actions > 0
      ? [{ name: 'action-parked' as const, subject: 'actions', figures: { incidents: actions } }]
      : []),
    ...(restored > 0
      ? [{ name: 'object-restored' as const, subject: 'objects', figures: { incidents: restored } }]
      : []),
    ...failing('subscription-failing', 'subscriptions', subscriptions),
    ...failing('schedule-failing', 'schedules', schedules),
    ...failing('group-failing', 'groups', groups),
  ];
}

function failing(name: AlertName, subject: string, incidents: number): FoundAlert[] {
  return incidents === 0 ? [] : [{ name, subject, figures: { incidents } }];
}
