/** What is done with the schedules of a tenant: listed, run, paused, resumed, a tick skipped. */
import {
  type ScheduleStatus,
  scheduleList,
  scheduleStatus,
  type TickRun,
  tickRun,
} from '../../core/operator-shapes/schedule.ts';
import type { Conclusion } from './command-line.ts';
import { columns, countText, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';

export type ScheduleChange = 'pause' | 'resume' | 'skip';

const PATH = '/v1/schedules';

export async function list(server: Server): Promise<Conclusion> {
  const answer = await ask(server, { method: 'GET', path: PATH }, scheduleList);
  const { schedules } = answer;
  const ok = schedules.every(({ state }) => state !== 'failing' && state !== 'waiting');
  const text = schedules.length === 0 ? 'There is no schedule.' : scheduleTable(schedules);
  return { ok, text, answer };
}

export async function change(
  server: Server,
  name: string,
  operation: ScheduleChange,
  reason: string,
): Promise<Conclusion> {
  const request = { method: 'POST', path: pathOf(name, operation), input: { reason } } as const;
  const answer = await ask(server, request, scheduleStatus);
  const next = answer.nextAt === null ? '' : ` Its next tick is at ${answer.nextAt}.`;
  return { ok: true, text: `${answer.name} is ${answer.state}.${next}`, answer };
}

export async function run(
  server: Server,
  name: string,
  input: { readonly reason: string; readonly at?: string },
): Promise<Conclusion> {
  const answer = await ask(server, { method: 'POST', path: pathOf(name, 'run'), input }, tickRun);
  return { ok: true, text: `The tick of ${answer.at} is done: ${commandsText(answer)}.`, answer };
}

const HEAD = [
  'schedule',
  'cron',
  'time zone',
  'state',
  'next tick',
  'last tick',
  'its commands',
  'missed',
];
const CAUSE_CHARACTERS_MAX = 200;

/** A tick that is not done has a line of its own below. */
function scheduleTable(schedules: readonly ScheduleStatus[]): string {
  const rows = schedules.map(({ name, cron, timeZone, state, nextAt, last, missedTicks }) => [
    ...[name, cron, timeZone, state, nextAt ?? '-', last?.at ?? '-'],
    ...[last ? commandsText(last) : '-', String(missedTicks)],
  ]);
  return [...columns([HEAD, ...rows]), ...schedules.flatMap(pendingLine)].join('\n');
}

function pendingLine({ name, pending }: ScheduleStatus): string[] {
  if (!pending) return [];
  const { at, since, cause } = pending;
  const why = oneLine(cause, CAUSE_CHARACTERS_MAX);
  return [`${name}: the tick of ${at} is not done, tried since ${since}: ${why}`];
}

/** How many of each outcome; of those that are rejected the reasons, too. */
function commandsText({ commands }: TickRun): string {
  if (commands.length === 0) return 'no command';
  const outcomes = commands.map(({ outcome, reason }) =>
    reason === undefined ? outcome : `${outcome} (${reason})`,
  );
  return [...new Set(outcomes)]
    .map(
      (one) => `${countText(outcomes.filter((other) => other === one).length, 'command')} ${one}`,
    )
    .join(', ');
}

function pathOf(name: string, operation: string): string {
  return `${PATH}/${encodeURIComponent(name)}/${operation}`;
}
