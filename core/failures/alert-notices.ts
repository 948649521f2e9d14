/** When an alert is logged: once it is raised, once an hour while it lasts, and once it is over. Pure. */
import { type AlertName, type AlertState, alerts } from './alerts.ts';
import type { LogLevel, LogLine } from './log-line.ts';

/** An hour: an alert that lasts a day is 26 lines. */
const REPEATED_AFTER_MS = 3_600_000;

/** What is wrong now. Its figures are fields of the log. */
export interface FoundAlert {
  readonly name: AlertName;
  /** Which database, queue, projection, aggregate or step: one of a bounded set. */
  readonly subject: string;
  readonly figures?: AlertFigures;
}

export type AlertFigures = Pick<
  LogLine,
  | ('daysLeft' | 'events' | 'incidents' | 'kind' | 'messages' | 'parked' | 'percent')
  | ('seconds' | 'stream' | 'tenant')
>;

/** An alert that was logged and is not over. */
export interface OpenAlert extends Pick<FoundAlert, 'name' | 'subject'> {
  readonly sinceMs: number;
  readonly loggedMs: number;
}

export interface AlertNotice {
  readonly state: AlertState;
  readonly alert: FoundAlert;
  readonly sinceMs: number;
}

/** `unknown`: the alerts that could not be looked at, which are not over by that. */
export function noticesOf(
  open: readonly OpenAlert[],
  found: readonly FoundAlert[],
  unknown: readonly AlertName[],
  nowMs: number,
): AlertNotice[] {
  const gone = open.filter((one) => !unknown.includes(one.name) && !alertIn(found, one));
  return [
    ...found.flatMap((alert) => noticeOf(alert, alertIn(open, alert), nowMs)),
    ...gone.map(({ name, subject, sinceMs }) => ({
      ...{ state: 'over' as const, alert: { name, subject }, sinceMs },
    })),
  ];
}

function noticeOf(alert: FoundAlert, known: OpenAlert | undefined, nowMs: number): AlertNotice[] {
  if (!known) return [{ state: 'raised', alert, sinceMs: nowMs }];
  const isDue = nowMs - known.loggedMs >= REPEATED_AFTER_MS;
  return isDue ? [{ state: 'lasts', alert, sinceMs: known.sinceMs }] : [];
}

export function alertIn<One extends Pick<FoundAlert, 'name' | 'subject'>>(
  list: readonly One[],
  { name, subject }: Pick<FoundAlert, 'name' | 'subject'>,
): One | undefined {
  return list.find((one) => one.name === name && one.subject === subject);
}

/** The line of the log. One that is over has no remedy. */
export function noticeLine({ state, alert }: AlertNotice): [LogLevel, LogLine] {
  const { name, subject, figures } = alert;
  const { level, of, cause, remedy } = alerts[name];
  const line = { operation: 'alert', alert: name, state, [of]: subject } as const;
  if (state === 'over') return ['info', line];
  return [level, { ...line, cause, remedy, ...figures }];
}
