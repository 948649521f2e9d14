/** The limits of the modelled platform, each by itself. */
import { expect, test } from 'vitest';
import { DATABASE_ERRORS } from '../simulator/outage.ts';
import { Process } from '../simulator/process.ts';
import { Timeline } from '../simulator/timeline.ts';
import { type Counting, Counts } from './counts.ts';
import { DatabaseThread } from './database-thread.ts';
import { EvenFate } from './even-fate.ts';
import { ModelQueue } from './model-queue.ts';

const SECOND = 1_000;

function modelled(writeMs = 5) {
  const timeline = new Timeline({ isRecorded: false });
  const world = { timeline, fate: new EvenFate(1, timeline) };
  const counting: Counting = { now: new Counts() };
  const thread = new DatabaseThread(world, counting, writeMs);
  const call = (process: Process, isRead = true) =>
    thread.serve({ process, isRead, from: 'primary' }, async () => []);
  return { timeline, world, counting, call };
}

/** Each call is an invocation of its own. */
function invocations(count: number): Process[] {
  return Array.from({ length: count }, (_, number) => new Process('request', String(number)));
}

test('PL1 a D1 database takes a thousand calls a second, and refuses one for which a hundred wait', async () => {
  const { timeline, counting, call } = modelled();
  const asked = invocations(150).map((process) => call(process));
  const answers = await timeline.finish(Promise.allSettled(asked));
  const refused = answers.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(150 - 101);
  expect(refused[0]).toHaveProperty('reason.message', DATABASE_ERRORS.overloaded);
  expect(timeline.nowMs).toBeCloseTo(28 + 101);
  expect(counting.now.total('busyMs')).toBe(101);
});

test('PL1 of one invocation a D1 database takes six calls at a time', async () => {
  const { timeline, call } = modelled();
  const [process] = invocations(1);
  if (!process) throw new Error('There is no process.');
  await timeline.finish(Promise.all(Array.from({ length: 7 }, () => call(process))));
  // The seventh leaves when the first has come back.
  expect(timeline.nowMs).toBeCloseTo(28 + 1 + 28 + 1);
});

test('PL1 a batch that writes holds the thread as long as it is set to', async () => {
  const { timeline, counting, call } = modelled(20);
  const calls = invocations(2).map((process) => call(process, false));
  await timeline.finish(Promise.all(calls));
  expect(timeline.nowMs).toBeCloseTo(28 + 2 * 20);
  expect(counting.now.batches).toBe(2);
});

interface Sends {
  readonly perSecond: number;
  readonly consumersMax?: number;
  readonly consumeMs?: number;
}

function queueWith({ perSecond, consumersMax = 1, consumeMs = 0 }: Sends) {
  const { timeline, world, counting } = modelled();
  let [running, most] = [0, 0];
  const sizes: number[] = [];
  const consume = async (_consumer: Process, { messages }: MessageBatch<unknown>) => {
    most = Math.max(most, ++running);
    sizes.push(messages.length);
    await timeline.sleep(consumeMs, 'the consumer works');
    running--;
    for (const message of messages) message.ack();
  };
  const queue = new ModelQueue(world, counting, {
    ...{ name: 'events', consumersMax, batchMax: 100, hasMetrics: true, consume },
  });
  const [producer] = invocations(1);
  if (!producer) throw new Error('There is no producer.');
  const binding = queue.seenBy(producer);
  const sent = Array.from({ length: perSecond }, () => binding.send('{}'));
  return { timeline, counting, sent, sizes, mostAtOnce: () => most };
}

test('PL2 a queue refuses what is sent beyond 5,000 messages in a second', async () => {
  const { timeline, counting, sent } = queueWith({ perSecond: 5_010 });
  const answers = await timeline.finish(Promise.allSettled(sent));
  expect(answers.filter(({ status }) => status === 'rejected')).toHaveLength(10);
  expect(counting.now).toMatchObject({ messages: 5_000, messagesRefused: 10 });
});

test.each([1, 5])('PL2 a queue gives its backlog to at most %i consumers', async (consumersMax) => {
  const { timeline, sent, sizes, mostAtOnce } = queueWith({
    ...{ perSecond: 3_000, consumersMax, consumeMs: 100 },
  });
  await timeline.finish(Promise.all(sent));
  await timeline.finish(timeline.sleep(10 * SECOND, 'all is delivered'));
  expect(mostAtOnce()).toBe(consumersMax);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(3_000);
  expect(Math.max(...sizes)).toBe(100);
});
