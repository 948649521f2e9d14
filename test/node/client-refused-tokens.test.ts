/** Tokens that the server refuses temporarily, over sockets whose server is the test. */
import { afterEach, expect, test, vi } from 'vitest';
import { type Socket, thisHost } from '../../client/host.ts';
import { type Subscriptions, subscriptionsOver } from '../../client/live/subscriptions.ts';
import { type Reaction, scriptedSockets } from './support/scripted-sockets.ts';

const TOKENS = Array.from({ length: 20 }, (_, index) => `order/o-${index}@1`);
const busy = { type: '/problems/unavailable', title: 'Busy', status: 503, detail: 'Busy.' };

let subscriptions: Subscriptions | undefined;
afterEach(() => subscriptions?.close());

test('U34 temporarily refused tokens are requested again together in one frame', async () => {
  const frames: string[] = [];
  const refuseAll: Reaction = (server, frame) => {
    if (frame === 'ping') return;
    const { id, consistentWith = [] } = JSON.parse(frame);
    frames.push(frame);
    for (const token of consistentWith) server.say({ type: 'error', id, token, problem: busy });
  };
  const { Socket: SocketOf, socket } = scriptedSockets(refuseAll);
  const host = { ...thisHost, openSocket: (url: string): Socket => new SocketOf(url) };
  const address = { url: 'http://ledge.test/v1/live', credential: undefined };
  subscriptions = subscriptionsOver(host, address, () => undefined);
  const ignore = () => undefined;
  const follower = {
    rows: ignore,
    consistent: ignore,
    refused: ignore,
    problem: ignore,
    ended: ignore,
  };
  subscriptions.follow({ query: 'orders' }, TOKENS, follower);
  (await socket(0)).open();
  await vi.waitUntil(() => frames.length > 1, { timeout: 5_000, interval: 5 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(frames).toHaveLength(2);
});
