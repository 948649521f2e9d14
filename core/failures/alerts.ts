/**
 * The alerts of a deployment: a closed set of names, each with its cause and what to do. The texts hold no values, so
 * that a line of the log cannot quote data; figures are fields of their own.
 */
import { commandText } from '../package-name.ts';

interface AlertDefinition {
  readonly level: 'warn' | 'error';
  /** What its subject is, and the field of the log that names it. */
  readonly of: 'database' | 'queue' | 'projection' | 'aggregate' | 'action';
  readonly cause: string;
  readonly remedy: string;
}

export const alerts = {
  'database-unreachable': {
    level: 'error',
    of: 'database',
    cause: 'The database cannot be read.',
    remedy:
      'Commands are executed and their events wait. See `kind`, and the status page of the platform.',
  },
  'database-nearly-full': {
    level: 'warn',
    of: 'database',
    cause: 'The database is at least 70 % full.',
    remedy: `Bind a bucket of R2 as JOURNAL, so that the journal's older part leaves the database; drop versions of projections that are no longer needed (\`${commandText('projections')} drop\`), or take a plan with a larger limit.`,
  },
  'backlog-high': {
    level: 'warn',
    of: 'queue',
    cause: 'More than 10,000 messages wait in the queue, or one has waited for five minutes.',
    remedy:
      'Read models are behind. Without other alerts it only needs time; else see those of the database and the log lines `consume`.',
  },
  'lag-high': {
    level: 'warn',
    of: 'projection',
    cause: 'The oldest event that the read model lacks is older than five minutes.',
    remedy: `See \`${commandText('projections')}\` and \`${commandText('dead-letters')}\` for what holds it back.`,
  },
  'stream-undelivered': {
    level: 'error',
    of: 'aggregate',
    cause: 'Objects have events that the journal lacks.',
    remedy: `Delivery is retried. \`${commandText('status')}\` and \`GET /v1/incidents\` have the cause of each stream.`,
  },
  'timer-stuck': {
    level: 'error',
    of: 'action',
    cause: 'Timers cannot fire.',
    remedy: `See \`GET /v1/incidents\`; correct the command, deploy, and \`${commandText('timers')} retry\`, or cancel.`,
  },
  'action-parked': {
    level: 'error',
    of: 'action',
    cause: 'Actions are parked: another system does not answer, or a handler fails.',
    remedy: `See \`GET /v1/incidents\`; correct what has failed, and \`${commandText('actions')} retry\`, or skip.`,
  },
  'object-restored': {
    level: 'error',
    of: 'action',
    cause: 'Objects were restored to an earlier time and do not have their events back.',
    remedy: `They refuse commands. See \`GET /v1/incidents\`, and \`${commandText('streams')} recover\`.`,
  },
  'projection-stopped': {
    level: 'error',
    of: 'projection',
    cause: 'The projection is paused, stopped or inactive, or its build cannot go on.',
    remedy: `See its reason with \`${commandText('projections')}\`; then resume, deploy or migrate.`,
  },
  'dead-letters': {
    level: 'error',
    of: 'projection',
    cause: 'Events are parked: the projection cannot take them.',
    remedy: `See \`${commandText('dead-letters')}\`: correct the handler and redrive, or discard.`,
  },
  'messages-given-up': {
    level: 'error',
    of: 'database',
    cause: 'The queue has given up on messages.',
    remedy: `See \`${commandText('dead-letters')}\`: redrive, or discard a message that is not one of Ledge's.`,
  },
  'inbound-parked': {
    level: 'error',
    of: 'database',
    cause:
      'Messages of other systems are parked: an inbound cannot map them, or its commands are refused.',
    remedy: `See \`${commandText('dead-letters')}\`: correct the mapping and redrive, or discard.`,
  },
  'subscription-failing': {
    level: 'error',
    of: 'action',
    cause: 'Subscriptions deliver nothing, or not all.',
    remedy: `See \`GET /v1/incidents\` and \`${commandText('subscriptions')} show\` for the cause of each.`,
  },
  'schedule-failing': {
    level: 'error',
    of: 'action',
    cause: 'Ticks of schedules are not done: the code fails, or commands cannot be sent.',
    remedy: `See \`GET /v1/incidents\` and \`${commandText('schedules')}\`; correct the code and deploy, or skip the tick.`,
  },
  'group-failing': {
    level: 'error',
    of: 'action',
    cause: 'Consumer groups have parked messages, or are not read.',
    remedy: `See \`GET /v1/incidents\` and \`${commandText('groups')} show\` for the cause of each.`,
  },
  'sweep-behind': {
    level: 'error',
    of: 'action',
    cause: 'The sweep found streams behind their objects and could not bring them up.',
    remedy: `See the log lines \`sweep\`, and \`${commandText('verify')} --repair\`.`,
  },
  'upkeep-failing': {
    level: 'error',
    of: 'action',
    cause: 'A step of the cron has failed.',
    remedy: 'It is run again every minute. See the log lines `upkeep` of the step.',
  },
} as const satisfies Readonly<Record<string, AlertDefinition>>;

export type AlertName = keyof typeof alerts;

export const alertNames = Object.keys(alerts) as readonly AlertName[]; // the keys of `alerts`

export type AlertState = 'raised' | 'lasts' | 'over';

/** `cause` and `remedy` of a line of the log. */
export type AlertText = (typeof alerts)[AlertName]['cause' | 'remedy'];
