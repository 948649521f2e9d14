/** The relay's memory while the queue hangs, without a queue. */
import { expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { Relay } from '../../durable-objects/aggregate/relay.ts';

function eventAt(version: number, noteLength: number): StoredEvent {
  const at = '2026-05-01T00:00:00.000Z';
  const ids = { commandId: 'c', causationId: 'c', correlationId: 'c' };
  return {
    id: `e-${version}`,
    tenant: 'main',
    stream: 'order/o-1',
    version,
    type: 'Noted',
    schemaVersion: 1,
    data: { note: 'x'.repeat(noteLength) },
    recordedAt: at,
    occurredAt: at,
    metadata: { actor: 'ann', ...ids },
  };
}

/** A queue that answers the first message when the test resolves it, and the others at once. */
function hangingQueue() {
  const messages: { version: number; events: StoredEvent[] }[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const relay = new Relay({
    send: (message) => {
      messages.push(JSON.parse(message));
      return messages.length > 1 ? Promise.resolve() : promise;
    },
    oldestMessageMs: async () => undefined,
  });
  return { relay, messages, answer: resolve };
}

test.each([
  ['fit into one message leave in it, whole', [10, 10, 10], [2, 3, 4]],
  ['take more than one message leave as a reference', [50_000, 50_000, 50_000], []],
  ['follow some that did not fit leave in the same reference', [150_000, 10, 10], []],
])('L12 events that wait for the queue and %s', async (_what, lengths, versions) => {
  const { relay, messages, answer } = hangingQueue();
  const sent = relay.offer([eventAt(1, 10)], 'before-1');
  const waiting = lengths.map((length, index) => eventAt(index + 2, length));
  for (const event of waiting) void relay.offer([event], `before-${event.version}`);
  expect(messages).toHaveLength(1);
  answer();
  await sent;
  expect(messages).toHaveLength(2);
  expect(messages[1]).toEqual({
    tenant: 'main',
    stream: 'order/o-1',
    version: 4,
    events: waiting.filter(({ version }) => versions.includes(version)),
    // A reference has no events that could follow one.
    ...(versions.length > 0 && { before: 'before-2' }),
  });
});

test('L12 events after one that does not fit are not kept, not even as text', async () => {
  const { relay, answer } = hangingQueue();
  const sent = relay.offer([eventAt(1, 10)], 'before-1');
  void relay.offer([eventAt(2, 150_000)], 'before-2');
  let texts = 0;
  const toJSON = () => `text ${++texts}`;
  const counted = { ...eventAt(3, 10), toJSON };
  for (let time = 0; time < 1_000; time++) void relay.offer([counted], 'before-3');
  answer();
  await sent;
  expect(texts).toBe(0);
});
