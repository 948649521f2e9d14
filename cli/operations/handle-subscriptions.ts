/** What is done with subscriptions: made, listed, shown, stopped, replayed, tried, their secrets replaced, held events. */
import type * as z from 'zod';
import {
  createdSubscription,
  deliveryAttempt,
  type HeldStream,
  heldPage,
  redrivenStreams,
  type SubscriptionView,
  shownSubscription,
  subscriptionPage,
  subscriptionView,
  subscriptionWithSecret,
} from '../../core/operator-shapes/subscription.ts';
import { type SubscriptionTarget, targetText } from '../../core/subscription/target.ts';
import type { Conclusion } from './command-line.ts';
import { repeated } from './issue-key.ts';
import { countText } from './plain-text.ts';
import { ask, type Server } from './server.ts';
import {
  attemptText,
  heldTable,
  subscriptionTable,
  subscriptionText,
} from './subscription-text.ts';

export interface NewTarget {
  readonly publication: string;
  readonly target: SubscriptionTarget;
  readonly types?: readonly string[] | undefined;
  readonly personal?: true;
  readonly batch?: number;
  readonly order?: 'stream' | 'none';
  readonly from: string;
}

/** The service's own. */
const PAGE_MAX = 100;

/** Where the answer with the secret was lost, the secret is replaced. */
export async function create(server: Server, input: NewTarget): Promise<Conclusion> {
  const idempotencyKey = crypto.randomUUID();
  const request = { method: 'POST', path: '/v1/subscriptions', input, idempotencyKey } as const;
  const answer = await repeated(() => ask(server, request, createdSubscription));
  const { id, publication, target, secret } = answer;
  const text = `The subscription ${id} sends ${publication} to ${targetText(target)}.`;
  if (secret !== undefined) return withSecret({ ...answer, secret }, text);
  return target.url === undefined ? { ok: true, text, answer } : rotate(server, id, 0);
}

export async function rotate(server: Server, id: string, graceMs: number): Promise<Conclusion> {
  const request = { method: 'POST', path: pathOf(id, '/rotate'), input: { graceMs } } as const;
  const answer = await ask(server, request, subscriptionWithSecret);
  const { previousUntil } = answer;
  const before = previousUntil === null ? '' : ` The secret before signs until ${previousUntil}.`;
  return withSecret(answer, `The subscription ${id} has a new secret.${before}`);
}

function withSecret(answer: z.output<typeof subscriptionWithSecret>, text: string): Conclusion {
  const line = `${text} Its secret is shown this once:\n${answer.secret}`;
  return { ok: true, text: line, answer };
}

export async function list(server: Server, limit: number): Promise<Conclusion> {
  const found: SubscriptionView[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(Math.min(limit - found.length, PAGE_MAX)), cursor };
    const request = { method: 'GET', path: '/v1/subscriptions', query } as const;
    const page = await ask(server, request, subscriptionPage);
    found.push(...page.subscriptions);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  const text = found.length === 0 ? 'There is no subscription.' : subscriptionTable(found);
  const answer = { subscriptions: found, more: cursor !== undefined };
  return { ok: found.every(isWell), text: `${text}${moreText(cursor)}`, answer };
}

export async function show(server: Server, id: string): Promise<Conclusion> {
  const answer = await ask(server, { method: 'GET', path: pathOf(id) }, shownSubscription);
  return { ok: isWell(answer), text: subscriptionText(answer), answer };
}

/** A paused one does what an operator wants. */
function isWell({ status, fault, target, held }: SubscriptionView): boolean {
  return status !== 'disabled' && fault === null && target.state !== 'broken' && held.parked === 0;
}

export async function pause(server: Server, id: string, reason: string): Promise<Conclusion> {
  return changed(server, id, 'pause', { reason }, 'It is paused, and keeps its place.');
}

export async function resume(server: Server, id: string): Promise<Conclusion> {
  return changed(server, id, 'resume', {}, 'It goes on from its place.');
}

export async function replay(server: Server, id: string, from: string): Promise<Conclusion> {
  return changed(server, id, 'replay', { from }, 'It delivers again what is behind that position.');
}

export async function skip(
  server: Server,
  id: string,
  input: { readonly stream: string; readonly event: string; readonly reason: string },
): Promise<Conclusion> {
  return changed(server, id, 'skip', input, `${input.event} is left out.`);
}

async function changed(
  server: Server,
  id: string,
  operation: string,
  input: object,
  text: string,
): Promise<Conclusion> {
  const path = pathOf(id, `/${operation}`);
  const answer = await ask(server, { method: 'POST', path, input }, subscriptionView);
  return { ok: true, text: `${id}: ${text}`, answer };
}

export async function remove(server: Server, id: string): Promise<Conclusion> {
  return changed(server, id, 'delete', {}, 'It is deleted.');
}

export async function test(server: Server, id: string): Promise<Conclusion> {
  const request = { method: 'POST', path: pathOf(id, '/test') } as const;
  const answer = await ask(server, request, deliveryAttempt);
  return { ok: answer.result === 'delivered', text: `${id}: ${attemptText(answer)}.`, answer };
}

export async function held(server: Server, id: string, limit: number): Promise<Conclusion> {
  const found: HeldStream[] = [];
  let cursor: string | undefined;
  do {
    const query = { limit: String(Math.min(limit - found.length, PAGE_MAX)), cursor };
    const page = await ask(server, { method: 'GET', path: pathOf(id, '/held'), query }, heldPage);
    found.push(...page.streams);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  const text = found.length === 0 ? 'No stream is held.' : heldTable(found);
  const answer = { streams: found, more: cursor !== undefined };
  return { ok: true, text: `${text}${moreText(cursor)}`, answer };
}

export async function redrive(
  server: Server,
  id: string,
  stream: string | undefined,
): Promise<Conclusion> {
  const input = stream === undefined ? {} : { stream };
  const request = { method: 'POST', path: pathOf(id, '/redrive'), input } as const;
  const answer = await ask(server, request, redrivenStreams);
  return { ok: true, text: `${countText(answer.streams, 'stream')} tried again.`, answer };
}

function moreText(cursor: string | undefined): string {
  return cursor === undefined ? '' : '\nThere may be more: --limit shows them.';
}

function pathOf(id: string, operation = ''): string {
  return `/v1/subscriptions/${encodeURIComponent(id)}${operation}`;
}
