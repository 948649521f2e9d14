/** Subscriptions that send several events together, or without the order of their streams. */
import { evictDurableObject } from 'cloudflare:test';
import { CloudEvent } from 'cloudevents';
import { Webhook } from 'standardwebhooks';
import { describe, expect, test } from 'vitest';
import { firstBatch, lanesOf } from '../../core/subscription/delivery-batch.ts';
import { faults } from './support/faults.ts';
import { useKeptQueue } from './support/harness.ts';
import {
  ask,
  done,
  eventId,
  objectOfSubscription,
  ownId,
  publish,
  run,
  shown,
  subscribe,
  useWebhookTarget,
} from './support/subscribing.ts';
import { type ReceivedWebhook, verified, webhookTarget } from './support/webhook-target.ts';

useKeptQueue();
useWebhookTarget();

const HOUR_MS = 3_600_000;

async function runAfter(ms: number, id: string): Promise<void> {
  faults.clockSkewMs += ms;
  await run(id);
}

/** Everything that is published meanwhile is sent at once. */
async function publishAtOnce(id: string, ...works: readonly (readonly [string, string])[]) {
  await done(id, 'pause', { reason: 'to deliver all at once' });
  await publish(...works);
  await done(id, 'resume');
  await run(id);
}

/** By the official packages: the signature over the array, and each event of it, strictly. */
function verifiedBatch(secret: string, { headers, body }: ReceivedWebhook): CloudEvent<unknown>[] {
  const named = Object.fromEntries([...headers].filter(([name]) => name.startsWith('webhook-')));
  const events = new Webhook(secret).verify(body, named) as object[];
  return events.map((event) => {
    const read = new CloudEvent(event, true);
    read.validate();
    return read;
  });
}

const notesIn = ({ body }: ReceivedWebhook): string[] =>
  [JSON.parse(body)].flat().map(({ data }) => data.note);

/** Of a stream, as they were taken. */
const notesOf = (name: string) =>
  webhookTarget.delivered
    .flatMap(({ body }) => [JSON.parse(body)].flat())
    .filter(({ subject }) => subject === `troublesome/${ownId(name)}`)
    .map(({ data }) => data.note);

describe('SU22 a webhook is sent several events together where its subscription asks for it', () => {
  test('in the batch format of CloudEvents, signed as a whole', async () => {
    const { id, secret } = await subscribe({ batch: 20 });
    expect(await shown(id)).toMatchObject({ batch: 20, order: 'stream' });
    await publishAtOnce(id, ['one', 'a'], ['two', 'b'], ['one', 'c']);
    const [webhook, ...more] = webhookTarget.received;
    if (!webhook) throw new Error('Nothing was received.');
    expect(more).toEqual([]);
    expect(webhook.headers.get('content-type')).toBe('application/cloudevents-batch+json');
    const events = verifiedBatch(secret, webhook);
    const [one, two, again] = [eventId('one', 1), eventId('two', 1), eventId('one', 2)];
    expect(new Set(events.map((event) => event.id))).toEqual(new Set([one, two, again]));
    const sequence = events.map((event) => String(event.sequence));
    expect(sequence).toEqual(sequence.toSorted());
    const { attempts } = await shown(id);
    expect(attempts).toMatchObject([{ event: eventId('one', 1), events: 3, status: 204 }]);
    webhookTarget.reset();
    expect(await done(id, 'test')).toMatchObject({ result: 'delivered', events: 1 });
    const [tried] = webhookTarget.received;
    if (tried) expect(verifiedBatch(secret, tried)).toMatchObject([{ id: tried.id }]);
  });

  test('under an id that names all of them: a repeat has it, another batch with the same first event has not', async () => {
    const { id } = await subscribe({ batch: 20 });
    await publishAtOnce(id, ['one', 'a']);
    await publishAtOnce(id, ['one', 'b']);
    expect(webhookTarget.received.map((one) => one.id)).toEqual([
      eventId('one', 1),
      eventId('one', 2),
    ]);
    webhookTarget.reset();
    for (let time = 0; time < 2; time++) {
      await done(id, 'replay', { from: 'beginning' });
      await run(id);
    }
    await done(id, 'pause', { reason: 'to deliver all at once' });
    await publish(['one', 'c']);
    await done(id, 'replay', { from: 'beginning' });
    await done(id, 'resume');
    await run(id);
    const [first, again, other] = webhookTarget.received;
    expect([first, again, other].map((one) => one && notesIn(one))).toEqual([
      ...[
        ['a', 'b'],
        ['a', 'b'],
        ['a', 'b', 'c'],
      ],
    ]);
    expect(first?.id).toMatch(/^batch_[0-9a-f]{32}$/);
    expect(again?.id).toBe(first?.id);
    expect(other?.id).not.toBe(first?.id);
  });

  test('at most so many, five requests at a time, a stream in order', async () => {
    const { id } = await subscribe({ batch: 10 });
    webhookTarget.respond = async () => {
      await scheduler.wait(1);
      return 204;
    };
    const works = Array.from(
      { length: 100 },
      (_, index) => [`s${index % 20}`, `${index}`] as const,
    );
    await publishAtOnce(id, ...works);
    const sizes = webhookTarget.received.map((one) => notesIn(one).length);
    expect(sizes).toEqual(Array.from({ length: 10 }, () => 10));
    expect(webhookTarget.openMax).toBe(5);
    for (let stream = 0; stream < 20; stream++) {
      const notes = [0, 20, 40, 60, 80].map((more) => `${stream + more}`);
      expect(notesOf(`s${stream}`)).toEqual(notes);
    }
  });

  test('one that fails is sent again event by event, and counts as one failure of the target', async () => {
    const { id } = await subscribe({ batch: 20 });
    webhookTarget.respond = ({ body }) => (body.includes('poison') ? 422 : 204);
    const works = Array.from({ length: 8 }, (_, index) => [`s${index}`, 'a'] as const);
    await publishAtOnce(id, ['bad', 'poison'], ['bad', 'b'], ...works);
    expect(await shown(id)).toMatchObject({
      ...{ held: { streams: 9, events: 10 }, target: { state: 'failing' } },
    });
    await runAfter(HOUR_MS, id);
    expect(webhookTarget.received.slice(1).every((one) => notesIn(one).length === 1)).toBe(true);
    expect(await shown(id)).toMatchObject({ held: { streams: 1, events: 2 } });
    webhookTarget.respond = () => 204;
    await runAfter(HOUR_MS, id);
    expect(notesOf('bad')).toEqual(['poison', 'b']);
  });

  test('of 400 events over 20 streams with failures and evictions each arrives, in the order of its stream', async () => {
    const { id } = await subscribe({ from: 'now', batch: 7 });
    let seed = 11;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    webhookTarget.respond = async () => {
      await scheduler.wait(0);
      return random() < 0.2 ? 500 : 204;
    };
    for (let batch = 0; batch < 4; batch++) {
      const works = Array.from(
        { length: 100 },
        (_, index) => [`m${index % 20}`, `${batch}`] as const,
      );
      await publish(...works);
      await run(id);
      if (batch % 2 === 0) await evictDurableObject(objectOfSubscription(id));
    }
    for (let rounds = 0; rounds < 40; rounds++) {
      await runAfter(HOUR_MS / 2, id);
      if (Object((await shown(id)).behind).events === 0) break;
    }
    const ids = webhookTarget.delivered
      .flatMap(({ body }) => [JSON.parse(body)].flat())
      .map((event) => event.id);
    const first = [...new Set(ids)];
    expect(first).toHaveLength(400);
    for (let stream = 0; stream < 20; stream++) {
      const own = first.filter((one) => one.includes(`/${ownId(`m${stream}`)}@`));
      expect(own).toEqual(own.map((_, version) => eventId(`m${stream}`, version + 1)));
    }
  }, 60_000);

  test('a batch ends at its bytes, and an event that is too large for a queue goes alone', () => {
    const event = (position: number, bytes: number, stream = 's') => ({
      ...{ stream, position, text: 'x'.repeat(bytes) },
    });
    const positions = (events: readonly { position: number }[]) =>
      events.map((one) => one.position);
    const small = [event(1, 100_000), event(2, 100_000), event(3, 100_000)];
    expect(positions(firstBatch(small, 100))).toEqual([1, 2]);
    expect(positions(firstBatch(small, 1))).toEqual([1]);
    expect(positions(firstBatch([event(1, 10), event(2, 130_000)], 100))).toEqual([1]);
    expect(positions(firstBatch([event(1, 130_000), event(2, 10)], 100))).toEqual([1]);
    expect(firstBatch([], 100)).toEqual([]);
    const streams = [event(1, 1, 'a'), event(2, 1, 'b'), event(3, 1, 'a'), event(4, 1, 'c')];
    expect(lanesOf(streams, 1).map(positions)).toEqual([[1, 3], [2], [4]]);
    expect(lanesOf(streams, 3).map(positions)).toEqual([[1, 2, 3], [4]]);
    expect(lanesOf(streams, 100).map(positions)).toEqual([[1, 2, 3, 4]]);
  });
});

describe('SU23 without an order an event holds up itself alone', () => {
  test('is listed, redriven and skipped by its id, and those behind it in its stream are delivered', async () => {
    const { id, secret } = await subscribe({ order: 'none' });
    expect(await shown(id)).toMatchObject({ batch: 1, order: 'none' });
    webhookTarget.respond = ({ body }) => (body.includes('poison') ? 500 : 204);
    await publishAtOnce(id, ['one', 'poison'], ['one', 'b'], ['one', 'poison'], ['one', 'c']);
    expect(new Set(notesOf('one'))).toEqual(new Set(['b', 'c']));
    const [delivered] = webhookTarget.delivered;
    if (delivered) expect(verified(secret, delivered).subject).toBe(`troublesome/${ownId('one')}`);
    await publish(['one', 'd']);
    await run(id);
    expect(notesOf('one')).toContain('d');
    const [first, second] = [eventId('one', 1), eventId('one', 3)];
    expect((await ask('GET', `/${id}/held`)).body).toMatchObject({
      streams: [
        { stream: first, event: first, events: 1, result: 'failed' },
        { stream: second, event: second, events: 1 },
      ],
    });
    await runAfter(73 * HOUR_MS, id);
    expect(await shown(id)).toMatchObject({ held: { streams: 2, parked: 2 } });
    await done(id, 'skip', { stream: first, event: first, reason: 'typing error' });
    webhookTarget.respond = () => 204;
    expect(await done(id, 'redrive', { stream: second })).toEqual({ streams: 1 });
    await run(id);
    expect(notesOf('one').filter((note) => note === 'poison')).toHaveLength(1);
    expect(await shown(id)).toMatchObject({ held: { streams: 0 } });
  });

  test('together with batches, too, and a repeat of a page does nothing to what is held', async () => {
    const { id } = await subscribe({ order: 'none', batch: 50 });
    webhookTarget.respond = ({ body }) => (body.includes('poison') ? 500 : 204);
    await publishAtOnce(id, ['one', 'a'], ['one', 'poison'], ['two', 'b']);
    await runAfter(HOUR_MS, id);
    expect([notesOf('one'), notesOf('two')]).toEqual([['a'], ['b']]);
    await done(id, 'replay', { from: 'beginning' });
    await run(id);
    expect(await shown(id)).toMatchObject({ held: { streams: 1, events: 1 } });
  });

  test('a batch of none or of more than a hundred, and another order, are refused', async () => {
    const given = { publication: 'works', target: { url: 'https://hooks.example/in' } };
    for (const wrong of [{ batch: 0 }, { batch: 101 }, { batch: '5' }, { order: 'some' }])
      expect((await ask('POST', '', { ...given, ...wrong })).status).toBe(400);
  });
});
