/** What is done with consumer groups: made, listed, shown, deleted, and their held messages decided on. */
import {
  type GroupView,
  groupPage,
  groupView,
  type HeldMessages,
  heldMessagesPage,
  redrivenMessages,
  shownGroup,
} from '../../core/operator-shapes/group.ts';
import type { Conclusion } from './command-line.ts';
import { groupTable, groupText, heldMessagesTable } from './group-text.ts';
import { repeated } from './issue-key.ts';
import { countText } from './plain-text.ts';
import { ask, type Server } from './server.ts';

export interface NewConsumerGroup {
  readonly name: string;
  readonly publication: string;
  readonly types?: readonly string[];
  readonly from: string;
  readonly attempts?: number;
}

/** The service's own. */
const PAGE_MAX = 100;

export async function create(server: Server, input: NewConsumerGroup): Promise<Conclusion> {
  const request = { method: 'POST', path: '/v1/groups', input } as const;
  // A repeat of the same input changes nothing.
  const answer = await repeated(() => ask(server, request, groupView));
  const text = `The consumer group ${answer.name} has the events of ${answer.publication}.`;
  return { ok: true, text, answer };
}

export async function list(server: Server, limit: number): Promise<Conclusion> {
  const found: GroupView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(Math.min(limit - found.length, PAGE_MAX)), cursor };
    const request = { method: 'GET', path: '/v1/groups', query } as const;
    const page = await ask(server, request, groupPage);
    found.push(...page.groups);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  const text = found.length === 0 ? 'There is no consumer group.' : groupTable(found);
  const answer = { groups: found, more: cursor !== undefined };
  return { ok: found.every(isWell), text: `${text}${moreText(cursor)}`, answer };
}

export async function show(server: Server, name: string): Promise<Conclusion> {
  const answer = await ask(server, { method: 'GET', path: pathOf(name) }, shownGroup);
  return { ok: isWell(answer), text: groupText(answer), answer };
}

function isWell({ held }: GroupView): boolean {
  return held.parked === 0;
}

export async function skip(
  server: Server,
  name: string,
  input: { readonly stream: string; readonly event: string; readonly reason: string },
): Promise<Conclusion> {
  return changed(server, name, 'skip', input, `${input.event} is left out.`);
}

export async function remove(server: Server, name: string): Promise<Conclusion> {
  return changed(server, name, 'delete', {}, 'It is deleted.');
}

async function changed(
  server: Server,
  name: string,
  operation: string,
  input: object,
  text: string,
): Promise<Conclusion> {
  const path = pathOf(name, `/${operation}`);
  const answer = await ask(server, { method: 'POST', path, input }, groupView);
  return { ok: true, text: `${name}: ${text}`, answer };
}

export async function held(server: Server, name: string, limit: number): Promise<Conclusion> {
  const found: HeldMessages[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(Math.min(limit - found.length, PAGE_MAX)), cursor };
    const request = { method: 'GET', path: pathOf(name, '/held'), query } as const;
    const page = await ask(server, request, heldMessagesPage);
    found.push(...page.streams);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  const text = found.length === 0 ? 'No stream is held.' : heldMessagesTable(found);
  const answer = { streams: found, more: cursor !== undefined };
  return { ok: true, text: `${text}${moreText(cursor)}`, answer };
}

export async function redrive(
  server: Server,
  name: string,
  stream: string | undefined,
): Promise<Conclusion> {
  const input = stream === undefined ? {} : { stream };
  const request = { method: 'POST', path: pathOf(name, '/redrive'), input } as const;
  const answer = await ask(server, request, redrivenMessages);
  const text = `${countText(answer.streams, 'stream')} given to consumers again.`;
  return { ok: true, text, answer };
}

function moreText(cursor: string | undefined): string {
  return cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
}

function pathOf(name: string, operation = ''): string {
  return `/v1/groups/${encodeURIComponent(name)}${operation}`;
}
