/** Subscriptions whose targets fail in every way, and whose objects die at every step. */
import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { JOURNAL_START } from '../../core/plan/journal-position.ts';
import { beginEpoch } from '../../worker/restore/begin-epoch.ts';
import { bringBack } from '../../worker/restore/bring-back.ts';
import { databaseState } from '../../worker/restore/list-streams.ts';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { sendDelivery } from '../../worker/subscriptions/send-delivery.ts';
import { faults } from './support/faults.ts';
import { env, useKeptQueue } from './support/harness.ts';
import { savedDatabase } from './support/restored-database.ts';
import {
  ask,
  done,
  eventId,
  inObject,
  objectOfSubscription,
  ownId,
  publish,
  publishing,
  run,
  shown,
  stubOf,
  subscribe,
  TARGET,
  useWebhookTarget,
} from './support/subscribing.ts';
import { verified, webhookTarget } from './support/webhook-target.ts';

useKeptQueue();
useWebhookTarget();

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const notesOf = (subject: string) =>
  webhookTarget.delivered
    .filter((one) => one.subject === `troublesome/${ownId(subject)}`)
    .map(({ body }) => JSON.parse(body).data.note);

/** Later, and the alarm that is due by then. */
async function runAfter(ms: number, id: string): Promise<void> {
  faults.clockSkewMs += ms;
  await run(id);
}

describe('SU4 what a target answers', () => {
  test.each([
    [301, 'redirected'],
    [400, 'refused'],
    [500, 'failed'],
  ])('%i is tried again, with growing delays and the same id', async (status, result) => {
    const { id, secret } = await subscribe();
    webhookTarget.respond = () =>
      new Response('the body of a target is not read', {
        status,
        headers: { location: 'https://169.254.169.254/' },
      });
    await publish(['one', 'a']);
    await run(id);
    expect(webhookTarget.received).toHaveLength(1);
    expect(await shown(id)).toMatchObject({
      target: { state: 'failing' },
      held: { streams: 1, events: 1, parked: 0 },
      attempts: [{ result, status }],
    });
    // Not before its time.
    await run(id);
    expect(webhookTarget.received).toHaveLength(1);
    await runAfter(8_000, id);
    await runAfter(8_000, id);
    await runAfter(8_000, id);
    expect(webhookTarget.received).toHaveLength(3);
    webhookTarget.respond = () => 200;
    await runAfter(HOUR_MS, id);
    expect(webhookTarget.received).toHaveLength(4);
    expect(new Set(webhookTarget.received.map((one) => one.id)).size).toBe(1);
    expect(new Set(webhookTarget.received.map((one) => one.body)).size).toBe(1);
    const last = webhookTarget.received.at(-1);
    faults.clockSkewMs = 0;
    if (last) expect(() => verified(secret, last)).toThrow(/timestamp/i);
    expect(await shown(id)).toMatchObject({ held: { streams: 0 }, target: { state: 'healthy' } });
    expect(JSON.stringify(await shown(id))).not.toContain('body of a target');
  });

  test('410 disables the subscription, which keeps its place until it is resumed', async () => {
    const { id } = await subscribe();
    webhookTarget.respond = () => 410;
    await publish(['one', 'a'], ['one', 'b']);
    await run(id);
    await publish(['two', 'c']);
    await runAfter(DAY_MS, id);
    expect(webhookTarget.received).toHaveLength(1);
    expect(await shown(id)).toMatchObject({ status: 'disabled', behind: { events: 3 } });
    webhookTarget.respond = () => 200;
    await done(id, 'resume');
    await run(id, 2);
    expect([notesOf('one'), notesOf('two')]).toEqual([['a', 'b'], ['c']]);
  });

  test.each([429, 503])('%i is obeyed for all streams, an hour at most', async (status) => {
    const { id } = await subscribe();
    webhookTarget.respond = () =>
      new Response(null, { status, headers: { 'retry-after': '99999' } });
    await publish(['one', 'a']);
    await run(id);
    webhookTarget.respond = () => 200;
    await publish(['two', 'b']);
    await runAfter(HOUR_MS - 60_000, id);
    expect(webhookTarget.received).toHaveLength(1);
    await runAfter(60_001, id);
    await run(id);
    expect(webhookTarget.received).toHaveLength(3);
    expect(notesOf('one')).toEqual(['a']);
  });

  test('a connection that breaks before the status is a failure, one that breaks behind it is none', async () => {
    const { id } = await subscribe();
    webhookTarget.respond = () => Promise.reject(new Error('Network connection lost.'));
    await publish(['one', 'a']);
    await run(id);
    expect(await shown(id)).toMatchObject({ attempts: [{ result: 'unreachable', status: null }] });
    let read = 0;
    webhookTarget.respond = () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            read++;
            if (read > 3) controller.error(new Error('Network connection lost.'));
            else controller.enqueue(new Uint8Array(1_000));
          },
        }),
      );
    await runAfter(HOUR_MS, id);
    expect(notesOf('one')).toEqual(['a']);
    expect(read).toBeLessThanOrEqual(2);
  });

  test('one that hangs is ended after 15 seconds, and holds up no other stream for longer', async () => {
    const { id } = await subscribe();
    const aborted = vi.fn();
    webhookTarget.respond = ({ subject }, signal) => {
      if (subject !== `troublesome/${ownId('hung')}`) return 200;
      signal.addEventListener('abort', aborted);
      return new Promise<never>((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    };
    await publish(['hung', 'a'], ['fine', 'b'], ['fine', 'c']);
    await vi.waitFor(() => expect(notesOf('fine')).toEqual(['b', 'c']), 5_000);
    await vi.waitFor(() => expect(aborted).toHaveBeenCalled(), 20_000);
    await vi.waitFor(async () =>
      expect(await shown(id)).toMatchObject({ held: { streams: 1, events: 1 } }),
    );
    const { attempts } = await shown(id);
    const [late] = [attempts].flat().filter((one) => Object(one).result === 'timed-out');
    expect(Object(late).durationMs).toBeGreaterThanOrEqual(14_900);
  }, 40_000);

  test('an answer after the deadline is none', async () => {
    const delivery = {
      url: 'https://hooks.example/',
      id: 'e',
      contentType: 'application/json',
      body: '{}',
      secrets: [],
    };
    const late = () =>
      new Promise<Response>((resolve) => setTimeout(() => resolve(new Response()), 100));
    const sender = { fetch: late, nowMs: Date.now, isLocal: false, deadlineMs: 20 };
    expect(await sendDelivery(sender, delivery)).toMatchObject({
      result: 'timed-out',
      status: null,
    });
    const patient = { ...sender, deadlineMs: 5_000 };
    expect(await sendDelivery(patient, delivery)).toMatchObject({ result: 'delivered' });
    // What is stored is checked again.
    const inside = { ...delivery, url: 'https://10.0.0.1/' };
    expect(await sendDelivery(patient, inside)).toMatchObject({ result: 'unreachable' });
  });
});

describe('SU6 an event that fails holds its stream alone', () => {
  test('its events follow in order once it is delivered; those of other streams are not held up', async () => {
    const { id } = await subscribe();
    webhookTarget.respond = ({ subject, body }) =>
      subject === `troublesome/${ownId('bad')}` && body.includes('"note":"1"') ? 500 : 200;
    await publish(['bad', '1'], ['good', '1'], ['bad', '2'], ['good', '2']);
    await run(id);
    await publish(['bad', '3'], ['good', '3']);
    await run(id);
    expect([notesOf('bad'), notesOf('good')]).toEqual([[], ['1', '2', '3']]);
    const held = await ask('GET', `/${id}/held`);
    expect(held.body).toMatchObject({
      streams: [
        {
          stream: `troublesome/${ownId('bad')}`,
          event: eventId('bad', 1),
          events: 3,
          parkedAt: null,
          result: 'failed',
        },
      ],
    });
    webhookTarget.respond = () => 200;
    await runAfter(HOUR_MS, id);
    expect(notesOf('bad')).toEqual(['1', '2', '3']);
    expect((await ask('GET', `/${id}/held`)).body).toEqual({ streams: [] });
  });

  test('after three days it is parked, is reported, and its stream waits for an operator', async () => {
    const { id } = await subscribe();
    webhookTarget.respond = ({ body }) => (body.includes('poison') ? 400 : 200);
    await publish(['one', 'poison'], ['one', 'b'], ['two', 'c']);
    await run(id);
    await runAfter(DAY_MS, id);
    expect(await shown(id)).toMatchObject({ held: { parked: 0 } });
    await runAfter(2 * DAY_MS, id);
    expect(await shown(id)).toMatchObject({ held: { streams: 1, events: 2, parked: 1 } });
    const attempts = webhookTarget.received.length;
    await runAfter(5 * DAY_MS, id);
    expect(webhookTarget.received).toHaveLength(attempts);
    expect(await done(id, 'redrive')).toEqual({ streams: 1 });
    await run(id);
    expect(webhookTarget.received).toHaveLength(attempts + 1);
    expect(await shown(id)).toMatchObject({ held: { parked: 0 } });
    const event = eventId('one', 1);
    const wrong = { stream: `troublesome/${ownId('one')}`, event: 'another', reason: 'x' };
    expect((await ask('POST', `/${id}/skip`, wrong)).status).toBe(409);
    await done(id, 'skip', { ...wrong, event });
    await run(id);
    expect([notesOf('one'), notesOf('two')]).toEqual([['b'], ['c']]);
    expect(JSON.stringify(await shown(id))).toContain('skipped');
  });
});

test('SU5 a broken target gets one event at a time, and everything once it takes one', async () => {
  const { id } = await subscribe();
  webhookTarget.respond = () => 500;
  const works = Array.from({ length: 30 }, (_, index) => [`s${index}`, 'a'] as const);
  await publish(...works);
  await run(id);
  const first = webhookTarget.received.length;
  // Five at a time were under way when the fifth stream failed.
  expect(first).toBeLessThanOrEqual(9);
  expect(await shown(id)).toMatchObject({ target: { state: 'broken' } });
  await publish(['new', 'a']);
  for (let probes = 1; probes <= 4; probes++) {
    await runAfter(10 * 60_000, id);
    expect(webhookTarget.received).toHaveLength(first + probes);
  }
  webhookTarget.respond = () => 200;
  await runAfter(10 * 60_000, id);
  await run(id, 2);
  expect(new Set(webhookTarget.delivered.map(({ id: event }) => event)).size).toBe(31);
  expect(await shown(id)).toMatchObject({ target: { state: 'healthy' }, held: { streams: 0 } });
});

test('SU9 a target that has failed for 15 minutes is an incident, until it takes an event', async () => {
  faults.health = 'real';
  const { id } = await subscribe();
  const incidents = async () => {
    const { HEALTH }: LedgeEnv = env;
    const found = await Promise.all(
      [0, 1, 2, 3].map((shard) =>
        HEALTH.getByName(String(shard)).list({ tenant: 'main', after: ['', ''], limit: 10 }),
      ),
    );
    return found.flat().filter(({ kind }) => kind === 'subscription');
  };
  webhookTarget.respond = () => 500;
  await publish(['one', 'a']);
  await run(id);
  expect(await incidents()).toEqual([]);
  await runAfter(901_000, id);
  expect(await incidents()).toMatchObject([
    { stream: `ledge.subscription/${id}`, cause: expect.stringContaining('15 minutes') },
  ]);
  webhookTarget.respond = () => 200;
  await runAfter(HOUR_MS, id);
  expect(await incidents()).toEqual([]);
});

describe('SU12 nothing is lost by a process that dies', () => {
  test('between any two deliveries, and before the place is stored', async () => {
    const { id } = await subscribe();
    const works = ['a', 'b', 'c', 'd', 'e', 'f'].map((note) => ['one', note] as const);
    await done(id, 'pause', { reason: 'to die at each event' });
    await publish(...works);
    // The platform runs an alarm that died again after 2, 4 and 8 seconds.
    for (const dies of [1, 4, 6]) {
      let requests = 0;
      webhookTarget.respond = () => {
        if (++requests < dies) return 200;
        return new Promise<never>(() => undefined);
      };
      if (dies === 1) await done(id, 'resume');
      else await stubOf(id).wake(Number.MAX_SAFE_INTEGER);
      // Polled: a promise that the object resolves would go on in its context, which ends.
      await vi.waitUntil(() => requests >= dies, 15_000);
      await killed(id);
    }
    webhookTarget.respond = () => 200;
    await stubOf(id).wake(Number.MAX_SAFE_INTEGER);
    await vi.waitFor(async () => {
      expect(await shown(id)).toMatchObject({ behind: { events: 0 } });
    }, 20_000);
    // Each death began the page again: what was delivered before came again.
    expect(webhookTarget.delivered.length).toBeGreaterThan(works.length);
    const first = [...new Set(webhookTarget.received.map((one) => one.id))];
    expect(first).toEqual([1, 2, 3, 4, 5, 6].map((v) => eventId('one', v)));
  }, 60_000);

  test('while D1 cannot be read it waits, and goes on', async () => {
    const { id } = await subscribe();
    await publish(['one', 'a']);
    faults.beforeTrip = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    await run(id);
    faults.beforeTrip = () => undefined;
    await runAfter(2_001, id);
    await vi.waitFor(() => expect(notesOf('one')).toEqual(['a']), 5_000);
  });
});

test('SU15 after a restore of D1 what a held stream had behind the common position is not mistaken for what comes there', async () => {
  const { id } = await subscribe();
  await publish(['kept', 'a']);
  await run(id);
  const putBack = await savedDatabase(['publication_page', 'generation', 'products_v1']);
  webhookTarget.respond = ({ subject }) => (subject === `troublesome/${ownId('bad')}` ? 500 : 200);
  await publish(['lost', '1']);
  await publish(['bad', '1']);
  await publish(['bad', '2']);
  await run(id);
  expect(await shown(id)).toMatchObject({ held: { events: 2 } });
  const state = await databaseState(env.DB);
  await putBack();
  await beginEpoch(publishing.projector, state);
  const stream = `troublesome/${ownId('bad')}`;
  await bringBack(publishing.projector, [{ tenant: 'main', stream }]);
  // At the position that its second event had.
  await publish(['bad', '3']);
  webhookTarget.respond = () => 200;
  await runAfter(HOUR_MS, id);
  await run(id, 2);
  const first = [...new Set(notesOf('bad'))];
  expect(first).toEqual(['1', '2', '3']);
});

test('SU13 1,000 events over 50 streams with failures: each arrives, in the order of its stream', async () => {
  const { id } = await subscribe({ from: 'now' });
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  webhookTarget.respond = async () => {
    await scheduler.wait(0);
    return random() < 0.2 ? ([500, 400, 503, 302][Math.floor(random() * 4)] ?? 500) : 200;
  };
  // Four of each stream at a time, so that a page has events behind one that fails.
  for (let batch = 1; batch <= 5; batch++) {
    await publish(
      ...Array.from({ length: 200 }, (_, index) => [`m${index >> 2}`, String(index)] as const),
    );
    if (batch % 2 === 0) await evictDurableObject(objectOfSubscription(id));
  }
  for (let rounds = 0; rounds < 60; rounds++) {
    await runAfter(HOUR_MS / 2, id);
    const { behind } = await shown(id);
    if (Object(behind).events === 0) break;
  }
  const firstSuccess = [...new Set(webhookTarget.delivered.map((one) => one.id))];
  expect(firstSuccess).toHaveLength(1_000);
  for (let index = 0; index < 50; index++) {
    const own = firstSuccess.filter((one) =>
      one.startsWith(`works/troublesome/${ownId(`m${index}`)}@`),
    );
    expect(own).toEqual(
      Array.from({ length: 20 }, (_, version) => eventId(`m${index}`, version + 1)),
    );
  }
}, 120_000);

/** Its memory is gone; what was stored is there. */
async function killed(id: string): Promise<void> {
  const aborted = inObject(id, (state) => state.abort('killed')).catch(() => undefined);
  // The call may die with the object.
  await Promise.race([aborted, scheduler.wait(100)]);
}

test('SU17 a write that fails leaves the object as it was before', async () => {
  const definition = {
    ...{ publication: 'works', types: null, root: 'https://ledge.test', asked: 'a' },
    ...{ createdAt: '2026-11-28T00:00:00.000Z', createdBy: 'user:ops', target: TARGET, batch: 1 },
  };
  const given = { definition, sealed: 'sealed', cursor: JOURNAL_START };
  const object = stubOf('sub_rolled-back');
  // SQLite refuses the row, as it refuses every one on a full disk. An answer of an object is a function, too.
  const failing = Promise.resolve(object.create({ ...given, definition: undefined as never }));
  await expect(failing).rejects.toThrow('SQLITE_CONSTRAINT');
  expect(await object.state()).toBeUndefined();
  expect(await object.create(given)).toMatchObject({ isNew: true });
});
