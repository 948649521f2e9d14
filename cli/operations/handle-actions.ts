/** What is done with the actions of a stream: listed page by page, retried and skipped. */
import { type ActionStatus, actionPage, actionStatus } from '../../core/operator-shapes/action.ts';
import type { Conclusion } from './command-line.ts';
import { columns, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';

/** The service's own. */
const PAGE_MAX = 1_000;

export async function list(server: Server, stream: string, limit: number): Promise<Conclusion> {
  const found: ActionStatus[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(Math.min(limit - found.length, PAGE_MAX)), cursor };
    const next = await ask(server, { method: 'GET', path: pathOf(stream), query }, actionPage);
    found.push(...next.actions);
    cursor = next.cursor;
  } while (cursor !== undefined && found.length < limit);
  const more = cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
  const none = `No action of ${stream} is open.`;
  const text = found.length === 0 ? none : `${actionTable(found)}${more}`;
  return { ok: true, text, answer: { actions: found, more: cursor !== undefined } };
}

export async function operate(
  server: Server,
  stream: string,
  operation: 'retry' | 'skip',
  input: { readonly action: string; readonly version: number; readonly reason: string },
): Promise<Conclusion> {
  const path = `${pathOf(stream)}/${operation}`;
  const answer = await ask(server, { method: 'POST', path, input }, actionStatus);
  const { action, version, state } = answer;
  return { ok: true, text: `${action} on ${stream}@${version} is ${state}.`, answer };
}

const HEAD = ['action', 'version', 'state', 'attempts', 'due at', 'last failure'];
const CAUSE_CHARACTERS_MAX = 120;

function actionTable(actions: readonly ActionStatus[]): string {
  const rows = actions.map(({ action, version, state, attempts, dueAt, cause }) => [
    ...[action, String(version), state, String(attempts), dueAt ?? '-'],
    cause === null ? '-' : oneLine(cause, CAUSE_CHARACTERS_MAX),
  ]);
  return columns([HEAD, ...rows]).join('\n');
}

function pathOf(stream: string): string {
  return `/v1/actions/${stream}`;
}
