/** The client's consumer: works on streams at the same time, each in order, extends leases, gives back, and stops. */
import { createConsumer, LedgeProblem, type Message } from 'ledge/consumer';
import { describe, expect, test, vi } from 'vitest';
import { bill } from '../../docs/samples/consumer-groups/billing.ts';
import { fetchLedge, group, notesOf, receive, shown, useGroups } from './support/consuming.ts';
import { faults } from './support/faults.ts';
import { fillFeed } from './support/filled-feed.ts';
import { useKeptQueue } from './support/harness.ts';
import { ownId, publish } from './support/subscribing.ts';

useKeptQueue();
useGroups();

const consumer = createConsumer({ url: 'https://ledge.test', fetch: fetchLedge });

const noteOf = ({ event }: Pick<Message, 'event'>) => `${event.subject} ${Object(event.data).note}`;

describe('CG17 a consumer of the client', () => {
  test('works on several streams at a time, on each in order, and on what has failed again', async () => {
    await fillFeed(120, (position) => ownId(`s${position % 12}`));
    const name = await group();
    const stop = new AbortController();
    const handled: Message[] = [];
    const errors: unknown[] = [];
    const working = new Map<string, number>();
    let most = 0;
    const done = consumer.group(name).consume(
      async (message) => {
        const { subject } = message.event;
        expect(working.get(subject) ?? 0).toBe(0);
        working.set(subject, 1);
        most = Math.max(
          most,
          [...working.values()].reduce((sum, one) => sum + one, 0),
        );
        await scheduler.wait(1);
        working.set(subject, 0);
        if (message.attempt === 1 && message.event.id.includes('@7/')) throw new RangeError('7');
        handled.push(message);
        if (handled.length === 120) stop.abort();
      },
      {
        ...{ signal: stop.signal, concurrency: 4, retryAfterSeconds: 0 },
        onError: (error) => errors.push(error),
      },
    );
    await done;
    expect(errors).toHaveLength(12);
    expect(errors[0]).toBeInstanceOf(RangeError);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    for (let stream = 0; stream < 12; stream++) {
      const own = handled
        .map(noteOf)
        .filter((note) => note.startsWith(`troublesome/${ownId(`s${stream}`)} `));
      expect(own.map((note) => Number(note.split(' ')[1]))).toEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
    }
    expect(await shown(name)).toMatchObject({ behind: { events: 0 }, leases: { messages: 0 } });
  });

  test('that is stopped ends what is in work, and gives back what it has not begun', async () => {
    await publish(['one', 'a'], ['one', 'b'], ['two', 'c']);
    const name = await group();
    const stop = new AbortController();
    const begun: string[] = [];
    const release = Promise.withResolvers<void>();
    const done = consumer.group(name).consume(
      async ({ event }) => {
        begun.push(String(Object(event.data).note));
        await release.promise;
      },
      { signal: stop.signal },
    );
    await vi.waitFor(() => expect(begun).toEqual(['a', 'c']));
    stop.abort();
    release.resolve();
    await done;
    const rest = await receive(name);
    expect(notesOf(rest)).toEqual(['one b']);
    expect(rest.messages[0]?.attempt).toBe(1);
  });

  test('that is stopped while it waits ends at once, and takes nothing with it', async () => {
    const name = await group();
    const stop = new AbortController();
    const done = consumer.group(name).consume(() => undefined, { signal: stop.signal });
    await vi.waitFor(async () =>
      expect(await shown(name)).toMatchObject({ readAt: expect.any(String) }),
    );
    stop.abort();
    await done;
  });

  test('extends the lease while its handler runs', async () => {
    await publish(['one', 'a']);
    const name = await group();
    const stop = new AbortController();
    const signals: boolean[] = [];
    await consumer.group(name).consume(
      async ({ signal }) => {
        await scheduler.wait(1_600);
        expect((await receive(name)).messages).toEqual([]);
        signals.push(signal.aborted);
        stop.abort();
      },
      { signal: stop.signal, leaseSeconds: 1 },
    );
    expect(signals).toEqual([false]);
    faults.clockSkewMs = 3_600_000;
    expect((await receive(name)).messages).toEqual([]);
  });

  test('notices that it has lost a lease, and acknowledges nothing', async () => {
    await publish(['one', 'a']);
    const name = await group();
    const stop = new AbortController();
    await consumer.group(name).consume(
      async ({ signal }) => {
        // As if the process had stood still.
        faults.clockSkewMs += 5_000;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        stop.abort();
      },
      { signal: stop.signal, leaseSeconds: 1, concurrency: 1 },
    );
    const again = await receive(name);
    expect([notesOf(again), again.messages[0]?.attempt]).toEqual([['one a'], 2]);
  });

  test('goes on after failures of the network, and ends with a refusal', async () => {
    await publish(['one', 'a']);
    const name = await group();
    const stop = new AbortController();
    let calls = 0;
    const flaky = createConsumer({
      url: 'https://ledge.test',
      fetch: async (url, init) => {
        if (++calls <= 3) throw new TypeError('fetch failed');
        return fetchLedge(url, init);
      },
      retry: { attemptsMax: 2, baseMs: 1 },
    });
    const errors: unknown[] = [];
    const handled: string[] = [];
    await flaky.group(name).consume(
      (message) => {
        handled.push(message.event.type);
        stop.abort();
      },
      { signal: stop.signal, onError: (error) => errors.push(error) },
    );
    expect(handled).toEqual(['works.worked']);
    expect(errors).toEqual([expect.any(LedgeProblem)]);
    await expect(consumer.group('unknown').consume(() => undefined)).rejects.toMatchObject({
      problem: { kind: 'unknown' },
    });
  });

  test('does what the documentation shows', async () => {
    await publish(['one', 'a']);
    await group({ name: 'billing' });
    const stop = new AbortController();
    const charged: string[] = [];
    const charge = async ({ type }: { readonly type: string }) => {
      charged.push(type);
      stop.abort();
    };
    await bill(consumer, charge, { signal: stop.signal });
    expect(charged).toEqual(['works.worked']);
  });
});
