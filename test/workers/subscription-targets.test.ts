/** Subscriptions whose targets are bindings: a queue, and another Worker. */
import { CloudEvent } from 'cloudevents';
import { describe, expect, test, vi } from 'vitest';
import { ANSWERED_WITHIN_MS } from '../../worker/subscriptions/send-delivery.ts';
import { answerOfCall } from '../../worker/subscriptions/targets/answer-of-call.ts';
import { queueTarget } from '../../worker/subscriptions/targets/queue-target.ts';
import { billOfObject } from './support/bill.ts';
import { bound } from './support/bound-targets.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, useKeptQueue } from './support/harness.ts';
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
  secretEnv,
  shown,
  subscribe,
  useWebhookTarget,
} from './support/subscribing.ts';

useKeptQueue();
useWebhookTarget();

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const QUEUE = { queue: 'WAREHOUSE' };
const SERVICE = { service: 'BILLING' };

const bindings = [
  ['queue', QUEUE],
  ['service', SERVICE],
] as const;

async function runAfter(ms: number, id: string): Promise<void> {
  faults.clockSkewMs += ms;
  await run(id);
}

/** The notes of a stream, as they were taken. */
const notesOf = (kind: 'queue' | 'service', name: string) =>
  bound[kind].calls
    .flat()
    .filter(({ subject }) => subject === `troublesome/${ownId(name)}`)
    .map(({ data }) => data.note);

describe.each(bindings)('SU18 a %s is sent the events of its subscription', (kind, target) => {
  test('soon after the commit, as CloudEvents, and nothing is signed', async () => {
    const made = await subscribe({ target });
    expect(made).not.toHaveProperty('secret');
    expect(made.target).toMatchObject({ ...target, state: 'healthy' });
    await publish(['one', 'a'], ['two', 'b'], ['one', 'c']);
    await vi.waitFor(() => expect(bound[kind].calls.flat()).toHaveLength(3), 5_000);
    for (const event of bound[kind].calls.flat()) new CloudEvent({ ...event }, true).validate();
    expect(bound[kind].calls.flat()[0]).toMatchObject({
      id: eventId('one', 1),
      source: '/tenants/main/publications/works',
      type: 'works.worked',
      data: { note: 'a' },
    });
    expect(notesOf(kind, 'one')).toEqual(['a', 'c']);
    const { id } = made;
    expect(await shown(id)).toMatchObject({
      ...{ status: 'active', behind: { events: 0 }, previousUntil: null },
      attempts: [{ result: 'delivered', status: null }],
    });
    expect((await ask('POST', `/${id}/rotate`, {})).status).toBe(409);
  });

  test('a hundred at a time, each stream in order, for four rows', async () => {
    const works = Array.from(
      { length: 100 },
      (_, index) => [`s${index % 20}`, `${index}`] as const,
    );
    await publish(...works);
    const { id } = await subscribe({ from: 'now', target });
    const bill = await billOfObject(objectOfSubscription(id));
    const rows: number[] = [];
    while (rows.length < 3) {
      await done(id, 'pause', { reason: 'to deliver all at once' });
      await publish(...works);
      await run(id);
      bill.reset();
      await done(id, 'resume');
      await run(id);
      rows.push(bill.read().rowsWritten);
    }
    expect(Math.min(...rows)).toBe(4);
    expect(bound[kind].calls.map(({ length }) => length)).toEqual([100, 100, 100]);
    const once = Array.from({ length: 5 }, (_, index) => `${3 + index * 20}`);
    expect(notesOf(kind, 's3')).toEqual([...once, ...once, ...once]);
    expect(await shown(id)).toMatchObject({ attempts: [{ events: 100 }, {}, {}] });
  });

  test('a batch that fails is sent again event by event: one that fails for good holds its stream alone', async () => {
    const { id } = await subscribe({ target });
    await done(id, 'pause', { reason: 'to deliver all at once' });
    bound[kind].respond = (events) => {
      if (events.some(({ data }) => data.note === 'poison')) throw new Error('not this one');
    };
    await publish(['bad', 'poison'], ['good', '1'], ['bad', '2'], ['good', '2'], ['fine', '1']);
    await done(id, 'resume');
    await run(id);
    expect(await shown(id)).toMatchObject({
      ...{ held: { streams: 3, events: 5 }, target: { state: 'failing' } },
      attempts: [{ events: 5, result: 'failed', status: null }],
    });
    await runAfter(HOUR_MS, id);
    expect(await shown(id)).toMatchObject({ held: { streams: 1, events: 2, parked: 0 } });
    expect(bound[kind].calls.slice(1).every(({ length }) => length === 1)).toBe(true);
    await runAfter(3 * DAY_MS, id);
    expect(await shown(id)).toMatchObject({ held: { streams: 1, events: 2, parked: 1 } });
    bound[kind].respond = () => undefined;
    expect(await done(id, 'redrive')).toEqual({ streams: 1 });
    await run(id);
    expect(notesOf(kind, 'bad').slice(-2)).toEqual(['poison', '2']);
    expect(await shown(id)).toMatchObject({ held: { streams: 0 }, target: { state: 'healthy' } });
  });

  test('personal fields as its grant says, opened at each attempt', async () => {
    const sealed = await subscribe({ publication: 'people', target });
    const { id } = await subscribe({ publication: 'people', target, personal: true });
    const person = ownId('eve');
    await publishing.post(`/v1/commands/guest/${person}/RegisterGuest`, { person, name: 'Eve' });
    await publishing.deliver(keptMessages());
    for (const one of [sealed.id, id]) await run(one);
    const names = () => bound[kind].calls.flat().map(({ data }) => Object(data).name);
    // Each has an alarm of its own.
    expect(names()).toHaveLength(2);
    expect(names()).toEqual(expect.arrayContaining([null, 'Eve']));
  });

  test('a test event is sent, also while it is paused', async () => {
    const { id } = await subscribe({ target });
    await done(id, 'pause', { reason: 'x' });
    expect(await done(id, 'test')).toMatchObject({ result: 'delivered', events: 1, status: null });
    expect(bound[kind].calls).toMatchObject([[{ type: 'ledge.subscription.test' }]]);
  });
});

describe('SU19 a binding is one that the Worker has and LEDGE_TARGETS names', () => {
  test.each([
    [{ queue: 'UNNAMED' }, 'LEDGE_TARGETS'],
    [{ queue: 'LATER' }, 'no such binding'],
    [{ queue: 'BILLING' }, 'no queue'],
    [{ service: 'WAREHOUSE' }, 'no service'],
    [{ queue: 'EVENTS' }, 'one of Ledge'],
    [{ service: 'AGGREGATE' }, 'one of Ledge'],
  ])('%j is refused', async (target, why) => {
    const { status, body } = await ask('POST', '', { publication: 'works', target });
    const at = `/target/${Object.keys(target)[0]}`;
    expect(status).toBe(400);
    expect(body).toMatchObject({ errors: [{ at, message: expect.stringContaining(why) }] });
  });

  test('and exactly one target is asked for', async () => {
    for (const target of [{}, { ...QUEUE, ...SERVICE }, { queue: 'a-b' }, 'WAREHOUSE'])
      expect((await ask('POST', '', { publication: 'works', target })).status).toBe(400);
    expect((await ask('POST', '', { publication: 'works' })).status).toBe(400);
  });

  test('where it is gone later nothing is sent and nothing is lost, which is a fault and an incident', async () => {
    faults.health = 'real';
    const { id } = await subscribe({ target: QUEUE });
    bound.isThere = false;
    await publish(['one', 'a'], ['two', 'b']);
    await run(id);
    expect(bound.queue.calls).toEqual([]);
    expect(await shown(id)).toMatchObject({
      ...{ fault: expect.stringContaining('binding'), behind: { events: 2 } },
      ...{ held: { streams: 0 }, attempts: [] },
    });
    const test = await ask('POST', `/${id}/test`, {});
    expect([test.status, JSON.stringify(test.body)]).toEqual([
      409,
      expect.stringContaining('LEDGE_TARGETS'),
    ]);
    expect(await reported(id)).toBe('A subscription cannot go on.');
    bound.isThere = true;
    await done(id, 'resume');
    await run(id);
    expect(bound.queue.calls.flat().map(({ data }) => data.note)).toEqual(['a', 'b']);
    expect(await shown(id)).toMatchObject({ fault: null });
    expect(await reported(id)).toBe('');
  });

  test('another Worker without the method has failed', async () => {
    const { id } = await subscribe({ target: { service: 'DEAF' } });
    await publish(['one', 'a']);
    await run(id);
    expect(await shown(id)).toMatchObject({
      attempts: [{ result: 'failed' }],
      held: { events: 1 },
    });
  });
});

test('SU18 a call that hangs has failed once its time has passed, one of 15 seconds', async () => {
  const clock = { nowMs: Date.now, deadlineMs: 20 };
  const event = { id: 'a', text: '{"data":1}' };
  bound.queue.respond = () => new Promise<never>(() => undefined);
  const answers = [
    await queueTarget(secretEnv, clock, 'WAREHOUSE').send([event]),
    await answerOfCall(clock, () => new Promise<never>(() => undefined)),
    await answerOfCall({ ...clock, deadlineMs: 5_000 }, () => scheduler.wait(30)),
  ];
  expect(answers.map(({ result }) => result)).toEqual(['timed-out', 'timed-out', 'delivered']);
  expect(ANSWERED_WITHIN_MS).toBe(15_000);
});

test('SU20 a message that a queue does not take for its size is parked at once, and says nothing of the others', async () => {
  const clock = { nowMs: Date.now };
  const small = { id: 'a', text: '{"data":1}' };
  const large = { id: 'b', text: JSON.stringify({ data: 'ö'.repeat(64_000) }) };
  const target = queueTarget(secretEnv, clock, 'WAREHOUSE');
  expect(await target.send([small])).toMatchObject({ result: 'delivered' });
  expect(await target.send([large])).toMatchObject({ result: 'too-large' });
  // The platform's own binding takes the same calls.
  const real = queueTarget({ ...env, LEDGE_TARGETS: 'OUT', ...{ OUT: env.EVENTS } }, clock, 'OUT');
  expect(await real.send([small, small])).toMatchObject({ result: 'delivered' });

  const { id } = await subscribe({ target: QUEUE });
  await done(id, 'pause', { reason: 'to deliver all at once' });
  await publish(['big', 'a'], ['big', 'b'], ['other', 'c'], ['last', 'd']);
  await env.DB.prepare(`UPDATE publication_page SET body = replace(body, '"note":"a"', ?)`)
    .bind(`"note":"${'x'.repeat(130_000)}"`)
    .run();
  await done(id, 'resume');
  await run(id);
  expect([notesOf('queue', 'other'), notesOf('queue', 'last')]).toEqual([['c'], ['d']]);
  expect(await shown(id)).toMatchObject({
    ...{ held: { streams: 1, events: 2, parked: 1 }, target: { state: 'healthy' } },
    attempts: expect.arrayContaining([expect.objectContaining({ result: 'too-large' })]),
  });
});

function reported(id: string): Promise<string> {
  return inObject(id, ({ storage: { sql } }) => {
    const [row] = sql.exec<{ reported: string | null }>('SELECT reported FROM subscription');
    return row?.reported ?? '';
  });
}
