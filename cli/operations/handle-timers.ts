/** What is done with the timers of a stream: listed page by page, retried and cancelled. */
import { type TimerStatus, timerPage, timerStatus } from '../../core/operator-shapes/timer.ts';
import type { Conclusion } from './command-line.ts';
import { columns, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';

/** The service's own. */
const PAGE_MAX = 1_000;

/** `state`: one of the service's, or `all`. */
export async function list(
  server: Server,
  stream: string,
  state: string,
  limit: number,
): Promise<Conclusion> {
  const found: TimerStatus[] = [];
  let cursor: string | undefined;
  do {
    const query = {
      state: state === 'all' ? undefined : state,
      limit: String(Math.min(limit - found.length, PAGE_MAX)),
      cursor,
    };
    const next = await ask(server, { method: 'GET', path: pathOf(stream), query }, timerPage);
    found.push(...next.timers);
    cursor = next.cursor;
  } while (cursor !== undefined && found.length < limit);
  const more = cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
  const none = state === 'all' ? `${stream} has no timers.` : `No timer of ${stream} is ${state}.`;
  const text = found.length === 0 ? none : `${timerTable(found)}${more}`;
  return { ok: true, text, answer: { timers: found, more: cursor !== undefined } };
}

export async function operate(
  server: Server,
  stream: string,
  operation: 'retry' | 'cancel',
  input: { readonly timer: string; readonly reason: string },
): Promise<Conclusion> {
  const path = `${pathOf(stream)}/${operation}`;
  const answer = await ask(server, { method: 'POST', path, input }, timerStatus);
  return { ok: true, text: statusOf(answer), answer };
}

function statusOf({ id, state, dueAt }: TimerStatus): string {
  return state === 'scheduled' ? `${id} is scheduled for ${dueAt}.` : `${id} is ${state}.`;
}

const HEAD = ['id', 'state', 'due at', 'command', 'attempts', 'why'];
const REASON_CHARACTERS_MAX = 120;

/** Without the data of the commands: `--json` prints it. */
function timerTable(timers: readonly TimerStatus[]): string {
  const rows = timers.map(({ id, state, dueAt, command, attempts, stopped }) => [
    id,
    state,
    dueAt,
    command,
    String(attempts),
    stopped ? oneLine(`${stopped.reason} (${stopped.actor})`, REASON_CHARACTERS_MAX) : '-',
  ]);
  return columns([HEAD, ...rows]).join('\n');
}

function pathOf(stream: string): string {
  return `/v1/timers/${stream}`;
}
