/** What is done with sagas: listed page by page, shown, and put right by an operator's word. */
import {
  type SagaRow,
  sagaPage,
  type WholeSaga,
  wholeSaga,
} from '../../core/operator-shapes/saga.ts';
import type { Conclusion } from './command-line.ts';
import { onNamed, requireKnown } from './known-names.ts';
import { sagaTable, sagaText, statusText } from './saga-text.ts';
import { ask, type Server } from './server.ts';

export interface SagaFilter {
  readonly saga?: string | undefined;
  readonly correlation?: string | undefined;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}

/** Which one. */
export interface Named {
  readonly saga: string;
  readonly id: string;
}

/** A command of a saga, and why it is handled so. */
export interface Word {
  readonly effect: string;
  readonly reason: string;
}

/** The service's own. */
const PAGE_MAX = 1_000;

/** `status`: one of the service's, or `all`. */
export async function list(
  server: Server,
  { saga, correlation, before, after }: SagaFilter,
  status: string,
  limit: number,
): Promise<Conclusion> {
  const found: SagaRow[] = [];
  let cursor: string | undefined;
  do {
    const query = {
      saga,
      status: status === 'all' ? undefined : status,
      correlationId: correlation,
      'startedAt.lt': before,
      'startedAt.gt': after,
      sort: 'changedAt',
      limit: String(Math.min(limit - found.length, PAGE_MAX)),
      cursor,
    };
    const next = await ask(server, { method: 'GET', path: '/v1/sagas', query }, sagaPage);
    found.push(...next.rows);
    cursor = next.cursor;
  } while (cursor !== undefined && found.length < limit);
  if (found.length === 0 && saga !== undefined) {
    await requireKnown(server, { kind: 'saga', name: saga });
  }
  const more = cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
  const text = found.length === 0 ? noneText(status) : `${sagaTable(found)}${more}`;
  return { ok: true, text, answer: { sagas: found, more: cursor !== undefined } };
}

function noneText(status: string): string {
  if (status === 'all') return 'None.';
  return status === 'attention' ? 'None needs attention.' : `None is ${status}.`;
}

export async function show(server: Server, named: Named): Promise<Conclusion> {
  const asked = ask(server, { method: 'GET', path: pathOf(named) }, wholeSaga);
  const answer = await onNamed(server, { kind: 'saga', name: named.saga }, asked);
  return { ok: true, text: sagaText(answer), answer };
}

/** It is sent at once, but its outcome may take a while: `show` has it then. */
export async function retry(server: Server, named: Named, word: Word): Promise<Conclusion> {
  const answer = await operate(server, named, 'retry', word);
  return { ok: true, text: `${word.effect} is sent again. ${statusOf(answer)}`, answer };
}

export async function settle(
  server: Server,
  named: Named,
  operation: 'skip' | 'resolve',
  word: Word,
): Promise<Conclusion> {
  const answer = await operate(server, named, operation, word);
  const done = operation === 'skip' ? 'is skipped' : 'is resolved';
  return { ok: true, text: `${word.effect} ${done}. ${statusOf(answer)}`, answer };
}

export async function cancel(server: Server, named: Named, reason: string): Promise<Conclusion> {
  const answer = await operate(server, named, 'cancel', { reason });
  return { ok: true, text: statusOf(answer), answer };
}

function statusOf(answer: WholeSaga): string {
  return `${answer.saga}/${answer.id} is ${statusText(answer)}.`;
}

function operate(
  server: Server,
  named: Named,
  operation: string,
  input: object,
): Promise<WholeSaga> {
  const path = `${pathOf(named)}/${operation}`;
  const asked = ask(server, { method: 'POST', path, input }, wholeSaga);
  return onNamed(server, { kind: 'saga', name: named.saga }, asked);
}

function pathOf({ saga, id }: Named): string {
  return `/v1/sagas/${encodeURIComponent(saga)}/${encodeURIComponent(id)}`;
}
