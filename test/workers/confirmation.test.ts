/** The consumer that committed confirms to the objects, so that their alarms ask D1 nothing. Lost confirmations lose no event. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { command, defineReactor } from '../../core/process/reactor.ts';
import { OVERDUE_AFTER_MS } from '../../durable-objects/aggregate/confirm-relay.ts';
import { consumeEvents } from '../../worker/consumers/consume-events.ts';
import { settledVersion } from '../../worker/projections/settled-version.ts';
import type { AggregateStub, LedgeEnv } from '../../worker/runtime/env.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { billOf } from './support/bill.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import {
  aggregateOf,
  env,
  evict,
  keptMessages,
  objectOf,
  rowsOf,
  send,
  useKeptQueue,
} from './support/harness.ts';
import { recordedBatch } from './support/recorded-batch.ts';
import { troublesome } from './support/troublesome.ts';

useKeptQueue();

let trips = 0;
beforeEach(() => {
  trips = 0;
  faults.beforeTrip = () => {
    trips++;
  };
});

interface Confirmed {
  readonly name: string;
  readonly version: number;
}

/** How the objects take confirmations; left out: as they do. */
type Confirm = (stub: AggregateStub, version: number) => Promise<void>;

const open = machineryFor(testApp, faultyPlatform, {
  ...{ basePath: '', issuers: [], tenants: 'open' },
});

/** Hands messages to a consumer whose confirmations are recorded. */
async function consumed(
  bodies: readonly string[],
  confirm: Confirm = (stub, version) => stub.confirm(version),
  machinery = open,
  hanging: (name: string) => boolean = () => false,
) {
  const confirmed: Confirmed[] = [];
  const { AGGREGATE: real }: LedgeEnv = env;
  const getByName = (name: string): AggregateStub => {
    const stub = real.getByName(name);
    const own = {
      confirm: (version: number) => {
        confirmed.push({ name, version });
        return confirm(stub, version);
      },
      ...(hanging(name) && { execute: () => new Promise(() => undefined) }),
    };
    return new Proxy(stub, {
      get: (target, key) => Reflect.get(own, key) ?? Reflect.get(target, key),
    });
  };
  const { batch, decisions } = recordedBatch(bodies);
  await consumeEvents(machinery, batch, { ...env, AGGREGATE: { getByName } });
  return { decisions, confirmed };
}

async function work(id: string, ...notes: readonly string[]): Promise<string[]> {
  for (const note of notes) await send(`troublesome/${id}`, 'Work', { note });
  return keptMessages();
}

const fireAlarm = (id: string) => runDurableObjectAlarm(objectOf(`troublesome/${id}`));

function alarmOf(id: string): Promise<number | null> {
  return runInDurableObject(objectOf(`troublesome/${id}`), (_object, { storage }) =>
    storage.getAlarm(),
  );
}

/** Fires the alarm when the newest event is overdue; answers the trips to D1 and the messages that it took. */
async function overdueAlarm(id: string) {
  faults.clockSkewMs = OVERDUE_AFTER_MS + 1;
  trips = 0;
  await fireAlarm(id);
  return { trips, reminders: keptMessages().length };
}

const asksNothing = { trips: 0, reminders: 0 };
const asksOnce = { trips: 1, reminders: 0 };
const reminds = { trips: 1, reminders: 1 };

test('R12 the consumer that committed confirms once for each stream of the batch, and the alarm asks D1 nothing', async () => {
  const messages = [...(await work('one', 'a', 'b')), ...(await work('two', 'c'))];
  const { decisions, confirmed } = await consumed(messages);
  expect(decisions).toEqual(messages.map(() => 'ack'));
  expect(confirmed).toEqual([
    { name: 'main/troublesome/one', version: 2 },
    { name: 'main/troublesome/two', version: 1 },
  ]);
  const bill = await billOf('troublesome/one');
  expect(await overdueAlarm('one')).toEqual(asksNothing);
  expect(bill.read().rowsWritten).toBe(1);
  expect(await alarmOf('one')).toBeNull();
  await evict('troublesome/one');
  expect(await alarmOf('one')).toBeNull();
});

test('R12 a repeated message confirms again, and writes nothing', async () => {
  const messages = await work('repeated', 'a');
  await consumed(messages);
  await fireAlarm('repeated');
  const bill = await billOf('troublesome/repeated');
  const { confirmed } = await consumed(messages);
  expect(confirmed).toEqual([{ name: 'main/troublesome/repeated', version: 1 }]);
  expect(bill.read().rowsWritten).toBe(0);
  expect(await alarmOf('repeated')).toBeNull();
});

describe('R13 a confirmation counts for the events that D1 has, and for no other', () => {
  test('after a second commit the first event is confirmed, the second one is checked', async () => {
    const [first = '', second = ''] = [
      ...(await work('second', 'a')),
      ...(await work('second', 'b')),
    ];
    await consumed([first]);
    expect(await overdueAlarm('second')).toEqual(reminds);
    await consumed([second]);
    faults.clockSkewMs = 3 * OVERDUE_AFTER_MS;
    trips = 0;
    await fireAlarm('second');
    expect(trips).toBe(0);
    expect(await alarmOf('second')).toBeNull();
  });

  test('a lower one that comes late, or a second time, changes nothing', async () => {
    await consumed(await work('late', 'a', 'b', 'c'));
    for (const version of [1, 3, 2]) await aggregateOf('troublesome/late').confirm(version);
    expect(await overdueAlarm('late')).toEqual(asksNothing);
    expect(await alarmOf('late')).toBeNull();
  });

  test('one beyond the head is not kept for the events to come', async () => {
    await aggregateOf('troublesome/early').confirm(2);
    await work('early', 'a');
    await aggregateOf('troublesome/early').confirm(3);
    await work('early', 'b', 'c');
    expect(await overdueAlarm('early')).toEqual(reminds);
  });

  test('at an object that was restored to an earlier version it brings the events back', async () => {
    const messages = await work('restored', 'a', 'b', 'c');
    await consumed(messages);
    await runInDurableObject(objectOf('troublesome/restored'), (_object, { storage }) => {
      storage.sql.exec('DROP TRIGGER event_is_never_deleted');
      storage.sql.exec('DELETE FROM event WHERE version > 1');
    });
    await evict('troublesome/restored');
    await consumed(messages);
    await vi.waitFor(async () =>
      expect(await aggregateOf('troublesome/restored').headVersion()).toBe(3),
    );
  });
});

describe('R14 a confirmation that fails delays no message for long and retries none', () => {
  const failing: [string, Confirm][] = [
    ['hangs for a minute', () => scheduler.wait(60_000)],
    ['is refused', () => Promise.reject(new Error('Durable Object is overloaded.'))],
    // The call goes to the real object, which has no such method.
    ['goes to older code without the method', (stub) => Object(stub).confirmOfNewerCode(1)],
  ];
  test.each(failing)('when it %s', async (kind, confirm) => {
    const id = `fails-${kind.replaceAll(' ', '-')}`;
    const messages = await work(id, 'a');
    const startedMs = Date.now();
    const { decisions, confirmed } = await consumed(messages, confirm);
    expect(Date.now() - startedMs).toBeLessThan(2_500);
    expect(decisions).toEqual(['ack']);
    expect(confirmed).toHaveLength(1);
    expect(faults.log).toMatchObject([{ level: 'warn', operation: 'confirm' }]);
    expect(await overdueAlarm(id)).toEqual(asksOnce);
    expect(await alarmOf(id)).toBeNull();
  });

  test('when many objects hang: they are called in parallel', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    await Promise.all(ids.map((id) => send(`troublesome/${id}`, 'Work', { note: 'a' })));
    const messages = keptMessages();
    const startedMs = Date.now();
    const { decisions, confirmed } = await consumed(messages, () => new Promise(() => undefined));
    expect(Date.now() - startedMs).toBeLessThan(10_000);
    expect(decisions).toEqual(ids.map(() => 'ack'));
    expect(confirmed).toHaveLength(ids.length);
    expect(faults.log).toHaveLength(1);
  }, 30_000);
});

test('R15 an object that has lost its memory asks a replica of D1, once', async () => {
  await consumed(await work('asleep', 'a'));
  await evict('troublesome/asleep');
  expect(await overdueAlarm('asleep')).toEqual(asksOnce);
  expect(await alarmOf('asleep')).toBeNull();

  const starts: unknown[] = [];
  const database = new Proxy(env.DB, {
    get: (target, name) =>
      name === 'withSession'
        ? (start: D1SessionConstraint) => {
            starts.push(start);
            return target.withSession(start);
          }
        : Reflect.get(target, name).bind(target),
  });
  const stream = { tenant: 'main', stream: 'troublesome/asleep' };
  expect(await settledVersion(testApp, database, stream)).toEqual({
    ...{ version: 1, eventId: expect.any(String) },
  });
  expect(starts).toEqual(['first-unconstrained']);
});

test('R16 D1 is not asked about events that are still in delivery', async () => {
  await work('young', 'a');
  trips = 0;
  faults.clockSkewMs = OVERDUE_AFTER_MS / 2;
  await fireAlarm('young');
  expect(trips).toBe(0);
  const delayMs = ((await alarmOf('young')) ?? 0) - Date.now() - faults.clockSkewMs;
  expect(delayMs).toBeGreaterThan(OVERDUE_AFTER_MS / 2 - 1_000);
  expect(delayMs).toBeLessThan(OVERDUE_AFTER_MS);
  expect(await overdueAlarm('young')).toEqual(reminds);
});

describe('R17 nothing is confirmed that is not settled', () => {
  const echo = defineReactor({
    name: 'echo-of-confirmed',
    from: [troublesome],
    startsAt: 'now',
    on: {
      troublesome: {
        Worked: ({ aggregateId, data: { note } }) =>
          note === 'quiet'
            ? []
            : command(troublesome, `echo-${aggregateId}`, 'Work', { note: 'quiet' }),
      },
    },
  });
  const echoing = machineryFor(defineApp({ ...testApp, reactors: [echo] }), faultyPlatform, {
    basePath: '',
    issuers: [],
    tenants: 'open',
  });

  test('of a stream whose reactor hangs, while its neighbour is', async () => {
    await consumed(await work('first-of-echo', 'quiet'), undefined, echoing);
    const messages = [...(await work('hung', 'a')), ...(await work('neighbour', 'quiet'))];
    const isHung = (name: string) => name.endsWith('echo-hung');
    const { confirmed } = await consumed(messages, undefined, echoing, isHung);
    expect(confirmed).toEqual([{ name: 'main/troublesome/neighbour', version: 1 }]);
  }, 20_000);

  test('of a stream whose reactor lags behind journal and projections', async () => {
    await consumed(await work('first-of-lag', 'quiet'), undefined, echoing);
    const messages = await work('lagging', 'quiet', 'a');
    faults.clockSkewMs = 120_000;
    const isHung = (name: string) => name.endsWith('echo-lagging');
    const { decisions, confirmed } = await consumed(messages, undefined, echoing, isHung);
    expect(decisions).toEqual(messages.map(() => 'ack'));
    expect(confirmed).toEqual([]);
  }, 20_000);

  test('where D1 fails', async () => {
    const messages = await work('down', 'a');
    faults.beforeBatch = () => {
      throw new Error('D1_ERROR: D1 DB is overloaded. Requests queued for too long.');
    };
    expect(await consumed(messages)).toEqual({ decisions: [expect.any(Number)], confirmed: [] });
  });

  test('where the tenant has no data in the database', async () => {
    const provisioned = machineryFor(testApp, faultyPlatform);
    await aggregateOf('troublesome/abroad', 'abroad').execute([
      { name: 'Work', data: { note: 'a' }, fingerprint: 'f', actor: 'ann' },
    ]);
    const messages = keptMessages();
    expect(messages).toHaveLength(1);
    const { confirmed } = await consumed(messages, undefined, provisioned);
    expect(confirmed).toEqual([]);

    await consumed(messages);
    await rowsOf("UPDATE residence SET state = 'erasing' WHERE tenant = 'abroad'");
    expect((await consumed(messages, undefined, provisioned)).confirmed).toEqual([]);
  });
});

test('R18 a confirmation that comes after its object was erased is refused, and stores nothing', async () => {
  const messages = await work('erased', 'a');
  const { decisions } = await consumed(messages, async (stub, version) => {
    await stub.erase();
    await stub.confirm(version);
  });
  expect(decisions).toEqual(['ack']);
  const tables = await runInDurableObject(objectOf('troublesome/erased'), (_object, { storage }) =>
    storage.sql
      .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE name NOT GLOB '_*'")
      .toArray(),
  );
  expect(tables).toEqual([{ name: 'tombstone' }]);
  expect(await alarmOf('erased')).toBeNull();
});
