/** Consumer groups whose consumers die, fail and are late, whose objects die, and whose D1 is restored. */
import { createExecutionContext, evictDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import { beginEpoch } from '../../worker/restore/begin-epoch.ts';
import { bringBack } from '../../worker/restore/bring-back.ts';
import { databaseState } from '../../worker/restore/list-streams.ts';
import {
  answered,
  ask,
  done,
  group,
  groupName,
  inGroup,
  killed,
  notesOf,
  objectOfGroup,
  receiptsOf,
  receive,
  shown,
  stubOfGroup,
  useGroups,
} from './support/consuming.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { fillFeed } from './support/filled-feed.ts';
import { env, keptMessages, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { publishingApp } from './support/publishing.ts';
import { savedDatabase } from './support/restored-database.ts';
import { SECRET } from './support/secret.ts';
import { ownId, publish, publishing } from './support/subscribing.ts';

useKeptQueue();
useGroups();

function randomNumbers(start: number): () => number {
  let seed = start;
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
}

const LEASE_MS = 5_000;

test('CG19 a lease that cannot be stored takes the row of no other one', async () => {
  // More leases than are remembered: the oldest row is used again.
  const leases = 34;
  await fillFeed(leases + 2, (position) => ownId(`s${position}`));
  const name = await group();
  for (let lease = 0; lease < leases; lease++) {
    await answered(name, 'ack', receiptsOf(await receive(name, { max: 1 })));
  }
  const fences = () =>
    inGroup(name, ({ storage: { sql } }) =>
      sql
        .exec<{ fence: number }>('SELECT fence FROM lease ORDER BY fence')
        .toArray()
        .map(({ fence }) => fence),
    );
  const [, ...kept] = await fences();
  const unnamed = { holder: null as never, publications: ['works'] };
  const failing = Promise.resolve(
    stubOfGroup(name).receive(unnamed, { max: 1, leaseMs: LEASE_MS }),
  );
  await expect(failing).rejects.toThrow('SQLITE_CONSTRAINT');
  const { messages } = await receive(name, { max: 1 });
  expect(messages).toHaveLength(1);
  expect((await fences()).slice(0, -1)).toEqual(kept);
});

test('CG12 ten consumers, of which one dies again and again, a fifth of the work fails, and the object dies: each message once, each stream in order', async () => {
  const [events, streams] = [240, 24];
  await fillFeed(events, (position) => ownId(`s${(position * 7) % streams}`));
  const name = await group({ attempts: 1_000 });
  const random = randomNumbers(11);
  const acknowledged: string[] = [];
  /** The consumer that has a stream, and until when. */
  const having = new Map<string, { readonly consumer: number; readonly untilMs: number }>();
  const nowMs = () => Date.now() + faults.clockSkewMs;

  const round = async (consumer: number, isKilled: boolean) => {
    const batch = await receive(name, { max: 8, leaseSeconds: LEASE_MS / 1_000 });
    for (const { event } of batch.messages) {
      const other = having.get(event.subject);
      const isTaken = other && other.consumer !== consumer && other.untilMs > nowMs();
      if (isTaken) throw new Error(`${event.subject} is given to two consumers.`);
      having.set(event.subject, { consumer, untilMs: Date.parse(batch.leasedUntil ?? '') });
    }
    if (isKilled) return;
    for (const { receipt, event } of batch.messages) {
      const fails = random() < 0.2;
      const [result] = fails
        ? await answered(name, 'nack', [receipt], { afterSeconds: 0 })
        : await answered(name, 'ack', [receipt]);
      if (result === 'acknowledged') acknowledged.push(event.id);
      const isLast = batch.messages.every(
        (one) => one.event.subject !== event.subject || one.event.sequence <= event.sequence,
      );
      if (result === 'returned' || (isLast && result === 'acknowledged'))
        having.delete(event.subject);
    }
  };

  for (let rounds = 0; acknowledged.length < events && rounds < 300; rounds++) {
    await Promise.all(
      Array.from({ length: 10 }, (_, consumer) =>
        round(consumer, consumer === rounds % 10 && rounds % 3 === 0),
      ),
    );
    faults.clockSkewMs += 2_000;
    if (rounds % 5 === 1) await evictDurableObject(objectOfGroup(name));
    if (rounds % 7 === 3) await killed(name);
  }
  expect(acknowledged).toHaveLength(events);
  expect(new Set(acknowledged).size).toBe(events);
  for (let stream = 0; stream < streams; stream++) {
    const own = acknowledged.filter((id) =>
      id.startsWith(`works/troublesome/${ownId(`s${stream}`)}@`),
    );
    expect(own).toEqual(
      Array.from(
        { length: events / streams },
        (_, index) => `works/troublesome/${ownId(`s${stream}`)}@${index + 1}/works.worked.1`,
      ),
    );
  }
  expect(await shown(name)).toMatchObject({ held: { streams: 0 }, behind: { events: 0 } });
}, 60_000);

describe('CG13 a message that is leased for long', () => {
  test('holds up its stream alone: two thousand events behind it are read on', async () => {
    await fillFeed(5_000, (position) =>
      ownId(position === 1 || position === 2_500 ? 'slow' : `s${position % 50}`),
    );
    const name = await group();
    const slow = await receive(name, { max: 1, leaseSeconds: 3_600 });
    let taken = 0;
    for (let batch = await receive(name, { max: 500 }); batch.messages.length > 0; ) {
      taken += batch.messages.length;
      await answered(name, 'ack', receiptsOf(batch));
      batch = await receive(name, { max: 500 });
    }
    expect(taken).toBe(4_998);
    await evictDurableObject(objectOfGroup(name));
    expect(await shown(name)).toMatchObject({ behind: { events: 2 }, leases: { messages: 1 } });
    expect(await answered(name, 'ack', receiptsOf(slow))).toEqual(['acknowledged']);
    expect(notesOf(await receive(name))).toEqual(['slow 2']);
  });

  test('two thousand places are read again after an eviction, and nothing that was acknowledged comes again', async () => {
    await fillFeed(1_500, (position) => ownId(`s${position % 300}`));
    const name = await group();
    const first = await receive(name, { max: 1, leaseSeconds: 3_600 });
    const others = await receive(name, { max: 500, leaseSeconds: 3_600 });
    await answered(name, 'ack', receiptsOf(others));
    await evictDurableObject(objectOfGroup(name));
    const again = await receive(name, { max: 500, leaseSeconds: 3_600 });
    const known = new Set(others.messages.map(({ event }) => event.id));
    expect(again.messages.filter(({ event }) => known.has(event.id))).toEqual([]);
    expect(again.messages).toHaveLength(500);
    expect(await answered(name, 'ack', receiptsOf(first))).toEqual(['acknowledged']);
  });
});

describe('CG10 after a restore of D1', () => {
  const saved = () => savedDatabase(['publication_page', 'generation', 'products_v1']);

  /** In this order: positions differ from those before. */
  async function restored(putBack: () => Promise<void>, streams: readonly string[]): Promise<void> {
    const state = await databaseState(env.DB);
    await putBack();
    await beginEpoch(publishing.projector, state);
    for (const stream of streams) {
      const named = { tenant: 'main', stream: `troublesome/${ownId(stream)}` };
      await bringBack(publishing.projector, [named]);
    }
  }

  test.each(['in memory', 'evicted'])(
    '%s: nothing is lost, and no lease from before settles anything',
    async (memory) => {
      await publish(['kept', 'a']);
      const name = await group();
      await answered(name, 'ack', receiptsOf(await receive(name)));
      const putBack = await saved();
      await publish(['x', '1']);
      await publish(['y', '1']);
      await publish(['z', '1']);
      const [x, y, z] = receiptsOf(await receive(name, { leaseSeconds: 60 }));
      expect(await answered(name, 'ack', [y])).toEqual(['acknowledged']);
      expect(await answered(name, 'nack', [z], { fate: 'park' })).toEqual(['parked']);
      await restored(putBack, ['z', 'y', 'x']);
      if (memory === 'evicted') await evictDurableObject(objectOfGroup(name));
      // The stream of x stays with its consumer until the lease ends.
      const again = notesOf(await receive(name, { leaseSeconds: 600 }));
      // What was published right before the restore may come again.
      expect(again.filter((note) => note !== 'kept a').toSorted()).toEqual(['y 1', 'z 1']);
      expect(await answered(name, 'ack', [x])).toEqual(['ended']);
      faults.clockSkewMs = 60_001;
      await publish(['x', '2']);
      const last = await receive(name, { leaseSeconds: 600 });
      expect(notesOf(last)).toEqual(['x 1', 'x 2']);
      expect(await answered(name, 'ack', receiptsOf(last))).toEqual([
        'acknowledged',
        'acknowledged',
      ]);
    },
  );
});

test('CG14 while D1 cannot be read nothing is received, acknowledgements are taken, and all goes on', async () => {
  const name = await group();
  await publish(['one', 'a'], ['two', 'b']);
  const first = await receive(name, { max: 1 });
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };
  await evictDurableObject(objectOfGroup(name));
  expect((await ask('POST', `/${name}/receive`, {})).status).toBe(503);
  expect(await answered(name, 'ack', receiptsOf(first))).toEqual(['acknowledged']);
  faults.beforeTrip = () => undefined;
  expect(notesOf(await receive(name))).toEqual(['two b']);
});

describe('CG15 who may consume', () => {
  const app = publishingApp();
  const access = defineAccess(app, {
    claims: z.object({}),
    roles: {
      worker: { publications: ['works', 'people'], consume: ['works', 'people'] },
      opener: { publications: 'all', consume: 'all', personal: true },
      reader: { publications: ['works'] },
      blind: { consume: ['works'] },
      other: { publications: ['works', 'people'], consume: ['people'] },
      keeper: { publications: ['works'], operate: ['groups'] },
      watcher: { inspect: ['groups'] },
    },
  });
  const ledge = heldLedge(app, {
    ...faultyPlatform,
    access,
    authenticate: ({ headers }) => ({
      ...{ id: 'user:a', tenant: 'main' },
      roles: [headers.get('x-role') ?? ''],
    }),
  });
  const as = async (role: string, method: string, path: string, body?: object) => {
    const request = new Request(`https://ledge.test/v1/groups${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-role': role },
      ...(body && { body: JSON.stringify(body) }),
    });
    const own = { ...env, LEDGE_SECRET: SECRET };
    const response = await ledge.fetch(request, own, createExecutionContext());
    const answer: Record<string, unknown> = await response.json();
    return { status: response.status, body: answer };
  };

  test('needs the grants of the publication, both; operators need an area', async () => {
    const name = await group();
    await publish(['one', 'a']);
    const receiving = (role: string) => as(role, 'POST', `/${name}/receive`, {});
    expect(await receiving('reader')).toMatchObject({ status: 403, body: { needs: 'consume' } });
    expect(await receiving('blind')).toMatchObject({ status: 403, body: { needs: 'consume' } });
    expect(await receiving('other')).toMatchObject({
      status: 403,
      body: { needs: 'consume works' },
    });
    const acked = await as('other', 'POST', `/${name}/ack`, { receipts: ['1-1'] });
    expect(acked.status).toBe(403);
    expect(await receiving('worker')).toMatchObject({ status: 200, body: { messages: [{}] } });
    const given = { name: groupName('other'), publication: 'works' };
    expect((await as('worker', 'POST', '', given)).status).toBe(403);
    expect((await as('watcher', 'POST', '', given)).status).toBe(403);
    expect((await as('watcher', 'GET', `/${name}`)).status).toBe(200);
    expect((await as('keeper', 'POST', '', given)).status).toBe(201);
    expect((await as('keeper', 'POST', '', { ...given, publication: 'people' })).status).toBe(403);
    expect((await as('keeper', 'POST', `/${given.name}/receive`, {})).status).toBe(403);
    await done(given.name, 'delete');
  });

  test('personal fields are opened for a consumer with the grant, null for others, and sealed where they are stored', async () => {
    const name = await group({ publication: 'people' });
    await publishing.post('/v1/commands/guest/g-9/RegisterGuest', { person: 'ann', name: 'Ann' });
    await publishing.deliver(keptMessages());
    const taken = await as('worker', 'POST', `/${name}/receive`, {});
    const { messages } = taken.body as { messages: { receipt: string; event: object }[] };
    expect(messages).toMatchObject([{ event: { data: { person: 'ann', name: null } } }]);
    const [first] = messages;
    await as('worker', 'POST', `/${name}/nack`, { receipts: [first?.receipt], afterSeconds: 0 });
    const stored = await inGroup(name, (state) =>
      JSON.stringify(state.storage.sql.exec('SELECT * FROM waiting').toArray()),
    );
    expect(stored).toContain('people.registered');
    expect(stored).not.toContain('Ann');
    const opened = await as('opener', 'POST', `/${name}/receive`, {});
    expect(opened.body).toMatchObject({ messages: [{ event: { data: { name: 'Ann' } } }] });
  });
});
