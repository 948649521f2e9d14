/** Operations on dead letters: list page by page, show, redrive one or those of a filter, discard. */

import type { UndeliveredStreams } from '../../core/failures/incident-shapes.ts';
import { namesInbound } from '../../core/inbound/inbound.ts';
import {
  type DeadLetter,
  deadLetter,
  deadLetterPage,
  type Redriven,
  redriven,
  wholeDeadLetter,
} from '../../core/operator-shapes/dead-letter.ts';
import type { Conclusion } from './command-line.ts';
import { deadLetterTable, deadLetterText } from './dead-letter-text.ts';
import { requireKnown } from './known-names.ts';
import { countText, oneLine } from './plain-text.ts';
import { ask, type Server } from './server.ts';
import { hasUndelivered, undeliveredLines } from './undelivered-text.ts';

export interface LetterFilter {
  readonly projection?: string | undefined;
  readonly aggregate?: string | undefined;
  readonly stream?: string | undefined;
  readonly type?: string | undefined;
  readonly error?: string | undefined;
}

/** The service's own. */
const PAGE_MAX = 1_000;

/** `status`: one of the service's, or `all`. */
export async function list(
  server: Server,
  filter: LetterFilter,
  status: string,
  limit: number,
): Promise<Conclusion> {
  const found: DeadLetter[] = [];
  let cursor: string | undefined;
  let undelivered: UndeliveredStreams | undefined;
  do {
    const query = {
      ...filter,
      status: status === 'all' ? undefined : status,
      limit: String(Math.min(limit - found.length, PAGE_MAX)),
      cursor,
    };
    const next = await ask(
      server,
      { method: 'GET', path: '/v1/dead-letters', query },
      deadLetterPage,
    );
    found.push(...next.deadLetters);
    cursor = next.cursor;
    undelivered = next.undelivered;
  } while (cursor !== undefined && found.length < limit);
  const { projection: name } = filter;
  if (found.length === 0 && name !== undefined && !namesInbound(name)) {
    await requireKnown(server, { kind: 'projection', name });
  }
  const more = cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
  const table =
    found.length === 0
      ? `None${status === 'all' ? '' : ` is ${status}`}.`
      : `${deadLetterTable(found)}${more}`;
  const text = [table, ...undeliveredLines(undelivered)].join('\n');
  const answer = { deadLetters: found, more: cursor !== undefined, undelivered };
  return { ok: !hasUndelivered(undelivered), text, answer };
}

export async function show(server: Server, id: string): Promise<Conclusion> {
  const answer = await ask(server, { method: 'GET', path: pathOf(id) }, wholeDeadLetter);
  return { ok: true, text: deadLetterText(answer), answer };
}

export async function redriveOne(server: Server, id: string): Promise<Conclusion> {
  const path = `${pathOf(id)}/redrive`;
  const answer = await ask(server, { method: 'POST', path }, deadLetter);
  return { ok: answer.status !== 'parked', text: redrivenText(answer), answer };
}

function redrivenText({ id, status, attempts, error }: DeadLetter): string {
  switch (status) {
    case 'redriven':
      return `${id}: applied.`;
    case 'parked':
      return `${id}: parked again, attempt ${attempts}. ${oneLine(error, 300)}`;
    default:
      return `${id}: retried. The build that it stopped continues, and its result shows whether the event was applied.`;
  }
}

/** All that match and are parked, each once: those that are parked again are not tried in the next round. */
export async function redriveMatching(server: Server, filter: LetterFilter): Promise<Conclusion> {
  let tried = 0;
  let parkedAgain = 0;
  let next: { readonly after?: string } | undefined = {};
  while (next) {
    const input = { ...filter, ...next };
    const request = { method: 'POST', path: '/v1/redrive', input } as const;
    const round: Redriven = await ask(server, request, redriven);
    tried += round.tried;
    parkedAgain += round.parkedAgain;
    next = round.more && round.after !== undefined ? { after: round.after } : undefined;
  }
  const text = `${countText(tried, 'dead letter')} tried again, ${parkedAgain} parked again.`;
  return { ok: parkedAgain === 0, text, answer: { tried, parkedAgain } };
}

export async function discard(server: Server, id: string, reason: string): Promise<Conclusion> {
  const path = `${pathOf(id)}/discard`;
  const answer = await ask(server, { method: 'POST', path, input: { reason } }, deadLetter);
  return { ok: true, text: `${id}: left out. ${reason}`, answer };
}

/** Ids hold slashes. */
function pathOf(id: string): string {
  return `/v1/dead-letters/${encodeURIComponent(id)}`;
}
