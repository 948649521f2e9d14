/**
 * A reminder waits while the queue still has messages that are older than the event, so that overload adds no messages. The
 * wait has an end, and begins only where the queue may have the event's own message.
 */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import { OVERDUE_AFTER_MS, QUEUED_MS_MAX } from '../../durable-objects/aggregate/confirm-relay.ts';
import { cloudflare } from '../../worker/runtime/platform.ts';
import { streamWithoutId } from '../../worker/runtime/written-line.ts';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  deliver,
  env,
  evict,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';

useKeptQueue();

let trips = 0;
beforeEach(() => {
  faults.beforeTrip = () => {
    trips++;
  };
});

/** Chance adds a tenth to each delay. */
const CHECKED_BY_MS = 1.1 * QUEUED_MS_MAX;

/** Of an event that is to be that old: the test takes some time, too. */
const BEFORE_THE_END_MS = QUEUED_MS_MAX - 30_000;

/** An event whose message is not delivered. */
async function committed(id: string): Promise<string[]> {
  expect((await send(`troublesome/${id}`, 'Work', { note: 'a' })).status).toBe(200);
  return keptMessages();
}

/** The queue still has a message that is older than every event of these tests. */
function queueIsBehind(): void {
  faults.oldestMessage = async () => Date.now() - 60_000;
}

/** What the alarm costs and sends when the event has this age, and the incidents that it reports. */
async function alarmAt(id: string, ageMs: number) {
  faults.clockSkewMs = ageMs;
  faults.queueReads = 0;
  faults.log.length = 0;
  trips = 0;
  expect(await runDurableObjectAlarm(objectOf(`troublesome/${id}`))).toBe(true);
  const incidents = faults.log.filter(({ operation }) => operation === 'incident').length;
  const { queueReads } = faults;
  return { queueReads, trips, reminders: keptMessages().length, incidents };
}

const waits = { queueReads: 1, trips: 1, reminders: 0, incidents: 0 };
const reminds = { queueReads: 1, trips: 1, reminders: 1, incidents: 1 };
const remindsUnasked = { ...reminds, queueReads: 0 };

/** The delay from now until the next alarm. */
async function nextAlarmMs(id: string): Promise<number> {
  const atMs = await runInDurableObject(objectOf(`troublesome/${id}`), (_object, { storage }) =>
    storage.getAlarm(),
  );
  if (atMs === null) throw new Error('No alarm is set.');
  return atMs - Date.now() - faults.clockSkewMs;
}

describe('R25 an overdue event is reminded of once the queue has no older message', () => {
  test.each(['warm', 'cold'])(
    '%s: it waits for one read of D1 and one of the queue, without an incident',
    async (kind) => {
      const id = `waits-${kind}`;
      const messages = await committed(id);
      queueIsBehind();
      for (const ageMs of [OVERDUE_AFTER_MS + 1, 20_000, 40_000, BEFORE_THE_END_MS]) {
        if (kind === 'cold') await evict(`troublesome/${id}`);
        expect(await alarmAt(id, ageMs)).toEqual(waits);
        expect(await nextAlarmMs(id)).toBeGreaterThan(4_000);
      }
      await deliver(messages);
      expect(
        await rowsOf('SELECT 1 FROM journal WHERE stream = ?', `troublesome/${id}`),
      ).toHaveLength(1);
      expect(await alarmAt(id, BEFORE_THE_END_MS)).toEqual({ ...waits, queueReads: 0, trips: 0 });
    },
  );

  test('a lost one at the first check after the queue has passed it', async () => {
    await committed('passed');
    const recordedAtMs = Date.now();
    queueIsBehind();
    expect(await alarmAt('passed', OVERDUE_AFTER_MS + 1)).toEqual(waits);
    faults.oldestMessage = async () => recordedAtMs + 1_000;
    expect(await alarmAt('passed', 21_000)).toEqual(reminds);
  });

  test('a lost one of an empty queue at once', async () => {
    await committed('empty');
    faults.oldestMessage = async () => undefined;
    expect(await alarmAt('empty', OVERDUE_AFTER_MS + 1)).toEqual(reminds);
  });

  test('the age that counts is that of the oldest event which D1 lacks', async () => {
    const first = await committed('second');
    faults.clockSkewMs = 30_000;
    await committed('second');
    await deliver(first);
    await evict('troublesome/second');
    // Between the two events.
    const betweenMs = Date.now() + 15_000;
    faults.oldestMessage = async () => betweenMs;
    expect(await alarmAt('second', 30_000 + OVERDUE_AFTER_MS + 1)).toEqual(waits);
  });

  test('the queue is asked neither about young events nor about confirmed ones', async () => {
    await committed('young');
    queueIsBehind();
    const nothing = { queueReads: 0, trips: 0, reminders: 0, incidents: 0 };
    expect(await alarmAt('young', OVERDUE_AFTER_MS / 2)).toEqual(nothing);
    await aggregateOf('troublesome/young').confirm(1);
    expect(await alarmAt('young', OVERDUE_AFTER_MS + 1)).toEqual(nothing);
  });
});

describe('R26 an event is reminded of after fifteen minutes, whatever the queue still has', () => {
  test('after them the event is reminded of, at growing delays, and the queue is not asked', async () => {
    await committed('paused');
    queueIsBehind();
    expect(await alarmAt('paused', 640_000)).toEqual(waits);
    const dueMs = 640_000 + (await nextAlarmMs('paused'));
    expect(dueMs).toBeGreaterThan(QUEUED_MS_MAX - 1_000);
    expect(dueMs).toBeLessThan(CHECKED_BY_MS + 1_000);
    expect(await alarmAt('paused', QUEUED_MS_MAX)).toEqual(remindsUnasked);
    expect(await nextAlarmMs('paused')).toBeGreaterThan(QUEUED_MS_MAX - 1_000);
    expect(await alarmAt('paused', 2 * QUEUED_MS_MAX)).toEqual(remindsUnasked);
  });
});

describe('R27 an alarm waits for no queue that may lack the message', () => {
  const silent: [string, () => Promise<number | undefined>][] = [
    ['fails', () => Promise.reject(new Error('Queue is overloaded. Please back off.'))],
    ['hangs', () => new Promise(() => undefined)],
    ['lacks the figure', () => Reflect.get({}, 'metrics')()],
  ];
  test.each(silent)(
    'a queue that %s is reminded, and its error is logged',
    async (kind, answer) => {
      const id = `silent-${kind.replaceAll(' ', '-')}`;
      await committed(id);
      faults.oldestMessage = answer;
      const startedMs = Date.now();
      expect(await alarmAt(id, OVERDUE_AFTER_MS + 1)).toEqual(reminds);
      expect(Date.now() - startedMs).toBeLessThan(4_000);
      const line = {
        level: 'warn',
        operation: 'alarm',
        stream: streamWithoutId(`troublesome/${id}`),
      };
      expect(faults.log).toContainEqual(expect.objectContaining(line));
    },
  );

  test('a message that the queue refused is sent again when the event is overdue', async () => {
    faults.queue = 'fails';
    await committed('refused');
    queueIsBehind();
    expect(await alarmAt('refused', OVERDUE_AFTER_MS + 1)).toMatchObject({
      ...{ queueReads: 0, trips: 1, incidents: 1 },
    });
    faults.queue = 'kept';
    expect(await alarmAt('refused', 21_000)).toEqual(remindsUnasked);
    // The queue has it now.
    expect(await alarmAt('refused', 42_000)).toEqual(waits);
  });

  test('an event is an incident at once where D1 cannot be read, whatever the queue has', async () => {
    await committed('d1-away');
    queueIsBehind();
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    expect(await alarmAt('d1-away', OVERDUE_AFTER_MS + 1)).toMatchObject({
      ...{ queueReads: 0, reminders: 0, incidents: 1 },
    });
  });
});

test('R25 the real queue has no oldest message while it is empty', async () => {
  expect(await cloudflare.oldestMessageMs(env, 0)).toBeUndefined();
});
