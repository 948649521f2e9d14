/** What a client does about its own writes that the server does not have, or cannot show: against the real Worker. */
import { createExecutionContext } from 'cloudflare:test';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type { Fetch } from '../../client/host.ts';
import { createClient, type LedgeProblem } from '../../client/index.ts';
import { defineApp } from '../../core/app.ts';
import { annsCart } from '../controls/carts.ts';
import { cutSockets } from './support/cut-sockets.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { CLIENT_URL, wayWith } from './support/faulty-fetch.ts';
import { keptMessages, useKeptQueue } from './support/harness.ts';
import { createWorks, works } from './support/works.ts';

useKeptQueue();

/** Answers commands as a server that knew more of the streams before its state was wiped. */
function wipedWay() {
  const way = wayWith();
  const fetch: Fetch = async (url, request) => {
    const answer = await way.fetch(url, request);
    const text = await answer.text();
    return new Response(text.replace(/@1"/, '@9"'), { status: answer.status });
  };
  return {
    ...way,
    fetch: (url: string, request: Parameters<Fetch>[1]) =>
      (request.method === 'POST' ? fetch : way.fetch)(url, request),
  };
}

const tokensOf = (way: ReturnType<typeof wipedWay>) =>
  way.sent.flatMap(({ method, headers }) => (method === 'GET' ? [headers['consistent-with']] : []));

// First: over an empty journal the projection serves without being built.
describe('U33 a write of its own that is parked is reported once, and then left out', () => {
  beforeAll(() => createWorks(1));

  test('by each query of that projection', async () => {
    const app = defineApp({
      aggregates: testApp.aggregates,
      projections: [...testApp.projections, works(1)],
    });
    const { worker, env, deliver } = deployment(app);
    const fetch: Fetch = (url, request) =>
      Promise.resolve(worker.fetch(new Request(url, request), env, createExecutionContext()));
    const client = createClient<typeof app>({ url: CLIENT_URL, fetch });
    await client.aggregate('troublesome', 'u33').send('Work', { note: 'poison' });
    await deliver(keptMessages());
    const parked = { problem: { kind: 'parked', stream: 'troublesome/u33' } };
    await expect(client.query('works')).rejects.toMatchObject(parked);
    expect(await client.query('works')).toMatchObject({ rows: [] });
    await client.aggregate('troublesome', 'u33-sound').send('Work', { note: 'fine' });
    expect(await client.query('works')).toMatchObject({ rows: [{ id: 'u33-sound' }] });
    await client.aggregate('troublesome', 'u33').send('Work', { note: 'another' });
    await deliver(keptMessages());
    await expect(client.query('works')).rejects.toMatchObject(parked);
    expect(await client.query('works')).toMatchObject({ rows: [{ id: 'u33-sound' }] });
  });
});

describe('U32 a token that can never be reached is forgotten', () => {
  test('a query of a server that was wiped answers, and the next one asks for nothing', async () => {
    const way = wipedWay();
    const client = createClient<typeof testApp>({ url: CLIENT_URL, fetch: way.fetch });
    await client.order('u32-1').placeOrder({ ...annsCart, customer: 'u32' });
    await client.order('u32-2').placeOrder({ ...annsCart, customer: 'u32' });
    await client.query('orders', { customer: 'u32' });
    await client.query('orders', { customer: 'u32' });
    expect(tokensOf(way)).toEqual([
      'order/u32-1@9,order/u32-2@9',
      'order/u32-1@9',
      undefined,
      'order/u32-2@9',
      undefined,
      undefined,
    ]);
    const confirmed = await client.order('u32-1').confirmOrder();
    expect(confirmed).toMatchObject({ token: 'order/u32-1@2' });
    expect((await client.query('orders', { customer: 'u32', sort: 'order' })).rows).toMatchObject([
      { order: 'u32-1', status: 'confirmed' },
      { order: 'u32-2' },
    ]);
  });

  test('so does a live query, which names it once', async () => {
    const way = wipedWay();
    const sockets = cutSockets();
    const { Socket: WebSocket } = sockets;
    const client = createClient<typeof testApp>({ url: CLIENT_URL, fetch: way.fetch, WebSocket });
    await client.order('u32-3').placeOrder({ ...annsCart, customer: 'u32-3' });
    const kinds: string[] = [];
    const onProblem = ({ problem }: LedgeProblem) => kinds.push(problem.kind);
    const live = client.live('orders', { customer: 'u32-3' }, { onProblem });
    await vi.waitUntil(() => live.rows !== undefined && kinds.length > 0, { timeout: 10_000 });
    const other = client.live('orders', { customer: 'u32-3' }, { onProblem });
    await vi.waitUntil(() => other.rows !== undefined, { timeout: 10_000 });
    expect(kinds).toEqual(['invalid']);
    expect(sockets.said.filter((frame) => frame.includes('@9'))).toHaveLength(1);
    client.close();
  });
});

describe('U18 over the real Worker', () => {
  test('a live query of 800 values is refused before it is sent; the other continues', async () => {
    const sockets = cutSockets();
    const { Socket: WebSocket } = sockets;
    const { fetch } = wayWith();
    const client = createClient<typeof testApp>({ url: CLIENT_URL, fetch, WebSocket });
    const sound = client.live('orders', { customer: 'u18' });
    await vi.waitUntil(() => sound.rows !== undefined, { timeout: 10_000 });
    const problems: string[] = [];
    const onProblem = ({ problem }: LedgeProblem) => problems.push(problem.kind);
    const ids = Array.from({ length: 800 }, (_, index) => `a-customer-of-u18-${index}`);
    client.live('orders', { 'customer.in': ids }, { onProblem });
    await vi.waitUntil(() => problems.length > 0);
    await client.order('u18-1').placeOrder({ ...annsCart, customer: 'u18' });
    await sound.including('order/u18-1@1');
    expect(sound.rows).toHaveLength(1);
    expect(problems).toEqual(['too-large']);
    expect(sockets.opened()).toBe(1);
    client.close();
  });
});
