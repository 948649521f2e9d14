/** Live queries as server-sent events, and the document that describes the frames of both. */
import { expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { clientFrame, type ServerFrame, serverFrame } from '../../core/live/live-protocol.ts';
import { deliver, fetchWorker, get, keptMessages, send, useKeptQueue } from './support/harness.ts';
import { expectProblem } from './support/hostile.ts';
import { loseLive, sleepLive } from './support/live-client.ts';

useKeptQueue();

interface LiveEvent {
  readonly name: string;
  readonly id: string | undefined;
  readonly frame: ServerFrame;
}

/** Reads a stream as a browser does: blocks of fields, comments and `retry` aside. */
async function openEvents(path: string, headers: Record<string, string> = {}) {
  const response = await fetchWorker(path, { headers });
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('The stream has a body.');
  onTestFinished(() => reader.cancel());
  let text = '';
  let ended = false;
  const next = async (): Promise<LiveEvent | undefined> => {
    for (;;) {
      const end = text.indexOf('\n\n');
      const block = text.slice(0, end);
      if (end >= 0) text = text.slice(end + 2);
      const event = end >= 0 ? eventOf(block) : undefined;
      if (event || ended) return event;
      if (end >= 0) continue;
      const { done, value = '' } = await reader.read();
      ended = done;
      text += value;
    }
  };
  return { next, cancel: () => reader.cancel() };
}

function eventOf(block: string): LiveEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return undefined;
  return {
    name: fields.get('event') ?? '',
    id: fields.get('id'),
    frame: serverFrame.parse(JSON.parse(data)),
  };
}

async function product(id: string): Promise<void> {
  await send(`product/${id}`, 'RegisterProduct', { name: id, priceCents: 1 });
  await deliver(keptMessages());
}

test('B14 a stream of events has the same frames as a socket', async () => {
  await product('event-1');
  const events = await openEvents('/v1/live/products?product.prefix=event&sort=-product');
  const first = await events.next();
  expect(first).toMatchObject({ name: 'snapshot', frame: { rows: [{ key: 'event-1' }] } });
  await product('event-2');
  const second = await events.next();
  expect(second).toMatchObject({
    name: 'change',
    frame: { upserts: [{ key: 'event-2', index: 0 }], deletes: [] },
  });
  expect(second?.id).toBe(second?.frame.type === 'change' ? second.frame.seq : undefined);
});

test('B14 a row by its key, and a named query', async () => {
  const row = await openEvents('/v1/live/sales-by-day/2026-01-02,DE');
  expect(await row.next()).toMatchObject({ name: 'snapshot', frame: { rows: [] } });
  const named = await openEvents('/v1/live/orders-of-customer?customer=ALFKI');
  expect(await named.next()).toMatchObject({ name: 'snapshot', frame: { rows: [] } });
});

test('B14 a client that reconnects with Last-Event-ID is sent the missed changes', async () => {
  const path = '/v1/live/products?product.prefix=missed';
  const events = await openEvents(path);
  const first = await events.next();
  await events.cancel();
  await product('missed-1');
  const again = await openEvents(path, { 'last-event-id': first?.id ?? '' });
  expect(await again.next()).toMatchObject({ name: 'change' });
  expect(await again.next()).toMatchObject({ name: 'current' });
  const stranger = await openEvents(path, { 'last-event-id': 'x'.repeat(1_000) });
  expect(await stranger.next()).toMatchObject({ name: 'snapshot' });
});

test('B14 a stream survives hibernation of the object, and ends when the object loses it', async () => {
  const events = await openEvents('/v1/live/products?product.prefix=slept');
  await events.next();
  await sleepLive();
  await product('slept-1');
  expect(await events.next()).toMatchObject({ name: 'snapshot', frame: { rows: [{}] } });
  await loseLive();
  expect(await events.next()).toBeUndefined();
});

test('B14 what cannot be followed is a problem, and no stream', async () => {
  const { body } = await expectProblem('invalid', '/v1/live/products?color=red');
  expect(body).toMatchObject({ errors: [{ at: 'color' }] });
  const unnamed = await expectProblem('invalid', '/v1/live/products?__proto__=x');
  expect(unnamed.body).toMatchObject({ errors: [{ at: '__proto__' }] });
  await expectProblem('invalid', '/v1/live/products?cursor=x');
  await expectProblem('invalid', '/v1/live/products?limit=5&limit=5');
  await expectProblem('invalid', '/v1/live/products/a,b');
  await expectProblem('invalid', '/v1/live/products/%E0%A4%A');
  await expectProblem('invalid', '/v1/live/products/a?sort=product');
  await expectProblem('unknown', '/v1/live/nothing');
  await expectProblem('invalid', `/v1/live/products/${'x'.repeat(1_025)}`);
  await expectProblem('too-large', `/v1/live/products?name=${'x'.repeat(20_000)}`);
});

test('B15 the document describes every frame, and sent frames match it', async () => {
  const { body } = await get('/asyncapi.json');
  const { components } = z
    .object({
      asyncapi: z.literal('3.1.0'),
      components: z.object({ messages: z.record(z.string(), z.object({ payload: z.any() })) }),
    })
    .parse(body);
  const described = Object.keys(components.messages);
  const frames = [...serverFrame.options, ...clientFrame.options];
  expect(described.toSorted()).toEqual(frames.map(({ shape }) => shape.type.value).toSorted());
  const events = await openEvents('/v1/live/products?product.prefix=described');
  const first = await events.next();
  const payload = z.fromJSONSchema(components.messages.snapshot?.payload);
  expect(payload.safeParse(first?.frame).success).toBe(true);
  expect(payload.safeParse({ ...first?.frame, seq: 1 }).success).toBe(false);
});
