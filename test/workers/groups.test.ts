/** Consumer groups: made, received from, acknowledged, in order of each stream, leases and receipts, who may do what, erasure. */
import {
  createScheduledController,
  evictDurableObject,
  runDurableObjectAlarm,
} from 'cloudflare:test';
import { CloudEvent } from 'cloudevents';
import { describe, expect, test, vi } from 'vitest';
import type { LedgeEnv } from '../../worker/runtime/env.ts';
import { eraseSome } from '../../worker/tenants/erase-tenant.ts';
import { billOfObject } from './support/bill.ts';
import {
  answered,
  ask,
  done,
  group,
  groupName,
  inGroup,
  notesOf,
  objectOfGroup,
  receiptsOf,
  receive,
  registeredGroups,
  runAlarm,
  shown,
  stubOfGroup,
  useGroups,
} from './support/consuming.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, useKeptQueue } from './support/harness.ts';
import { eventId, ownId, publish, publishing } from './support/subscribing.ts';

useKeptQueue();
useGroups();

describe('CG1 a consumer of a group receives the events of its publication', () => {
  test('as CloudEvents that the official package accepts, with receipts, until they are acknowledged', async () => {
    const name = await group();
    await publish(['one', 'a']);
    await publish(['two', 'b'], ['one', 'c']);
    const batch = await receive(name);
    expect(notesOf(batch)).toEqual(['one a', 'two b', 'one c']);
    const [first] = batch.messages;
    const event = new CloudEvent(Object(first?.event), true);
    event.validate();
    expect(first).toMatchObject({
      attempt: 1,
      event: {
        id: eventId('one', 1),
        source: '/tenants/main/publications/works',
        subject: `troublesome/${ownId('one')}`,
        dataschema: 'https://ledge.test/schemas/works.worked/1',
      },
    });
    expect(Date.parse(batch.leasedUntil ?? '') - Date.now()).toBeGreaterThan(25_000);
    expect(await receive(name)).toEqual({ messages: [], leasedUntil: null });
    expect(await answered(name, 'ack', receiptsOf(batch))).toEqual([
      ...['acknowledged', 'acknowledged', 'acknowledged'],
    ]);
    faults.clockSkewMs = 3_600_000;
    expect((await receive(name)).messages).toEqual([]);
    expect(await shown(name)).toMatchObject({
      leases: { leases: 0, messages: 0 },
      ...{ held: { streams: 0 }, behind: { events: 0, seconds: 0 } },
    });
  });

  test('from now on, from the beginning, or from a position, and of the types that it names', async () => {
    await publish(['one', 'a'], ['one', 'loud'], ['one', 'b']);
    const loud = await group({ name: groupName('loud'), types: ['works.loud'] });
    const now = await group({ name: groupName('now'), from: 'now' });
    const { messages } = await receive(loud);
    expect(messages.map(({ event }) => event.type)).toEqual(['works.loud', 'works.loud']);
    const from = messages.at(-1)?.event.position;
    const later = await group({ name: groupName('later'), from });
    expect(notesOf(await receive(later))).toEqual(['one b']);
    expect((await receive(now)).messages).toEqual([]);
    await publish(['one', 'c']);
    expect(notesOf(await receive(now))).toEqual(['one c']);
  });

  test('as many as it asks for, and those who ask next the others', async () => {
    const name = await group();
    await publish(['one', 'a'], ['two', 'b'], ['three', 'c']);
    expect(notesOf(await receive(name, { max: 2 }))).toEqual(['one a', 'two b']);
    expect(notesOf(await receive(name, { max: 2 }))).toEqual(['three c']);
  });
});

describe('CG2 a stream with a leased message is given to no other consumer', () => {
  test('its later events wait, and those of other streams do not', async () => {
    const name = await group();
    await publish(['one', 'a'], ['one', 'b'], ['two', 'c'], ['one', 'd']);
    const first = await receive(name, { max: 1 });
    expect(notesOf(first)).toEqual(['one a']);
    const second = await receive(name);
    expect(notesOf(second)).toEqual(['two c']);
    await publish(['one', 'e'], ['three', 'f']);
    expect(notesOf(await receive(name))).toEqual(['three f']);
    await answered(name, 'ack', receiptsOf(first));
    expect(notesOf(await receive(name))).toEqual(['one b', 'one d', 'one e']);
  });

  test('of several messages of a stream the first is acknowledged first', async () => {
    const name = await group();
    await publish(['one', 'a'], ['one', 'b'], ['one', 'c']);
    const [a, b, c] = receiptsOf(await receive(name));
    expect(await answered(name, 'ack', [b])).toEqual(['early']);
    expect(await answered(name, 'nack', [c], { fate: 'skip' })).toEqual(['early']);
    expect(await answered(name, 'extend', [c], { leaseSeconds: 60 })).toEqual(['extended']);
    // In one request the order of the list does not matter.
    expect(await answered(name, 'ack', [b, a])).toEqual(['acknowledged', 'acknowledged']);
    expect(await answered(name, 'ack', [c])).toEqual(['acknowledged']);
  });
});

describe('CG3 a lease is stored before it is answered', () => {
  test('with one row a receive and one an acknowledgement: 0.02 for each of a hundred messages', async () => {
    await publish(...Array.from({ length: 100 }, (_, index) => [`s${index % 20}`, 'a'] as const));
    const name = await group();
    await answered(name, 'ack', receiptsOf(await receive(name, { max: 5 })));
    const bill = await billOfObject(objectOfGroup(name));
    const batch = await receive(name, { max: 100 });
    expect(batch.messages).toHaveLength(95);
    expect(bill.read().rowsWritten).toBe(1);
    await answered(name, 'ack', receiptsOf(batch));
    expect(bill.read().rowsWritten).toBe(2);
    // The rows of leases are used again.
    for (let index = 0; index < 40; index++) {
      await publish([`t${index}`, 'a']);
      await answered(name, 'ack', receiptsOf(await receive(name)));
    }
    const rows = await inGroup(name, (state) =>
      state.storage.sql.exec('SELECT count(*) AS rows FROM lease').one(),
    );
    expect(rows).toEqual({ rows: 32 });
    expect(bill.read().rowsWritten).toBe(82);
  });

  test('and is known after an eviction', async () => {
    const name = await group();
    await publish(['one', 'a']);
    await publish(['two', 'b'], ['one', 'c']);
    const batch = await receive(name, { max: 2 });
    await evictDurableObject(objectOfGroup(name));
    expect((await receive(name)).messages).toEqual([]);
    await evictDurableObject(objectOfGroup(name));
    expect(await answered(name, 'ack', receiptsOf(batch).slice(1))).toEqual(['acknowledged']);
    await evictDurableObject(objectOfGroup(name));
    expect(await answered(name, 'ack', receiptsOf(batch))).toEqual(['acknowledged', 'repeated']);
    await evictDurableObject(objectOfGroup(name));
    expect(notesOf(await receive(name))).toEqual(['one c']);
  });
});

describe('CG4 a receipt has the fencing number of its lease', () => {
  test('one of a lease that has ended changes nothing, nor does one twice, or of another principal', async () => {
    const name = await group();
    await publish(['one', 'a'], ['two', 'b']);
    const late = await receive(name, { max: 1, leaseSeconds: 5 });
    faults.clockSkewMs = 5_001;
    expect(await answered(name, 'ack', receiptsOf(late))).toEqual(['ended']);
    const now = await receive(name, { leaseSeconds: 5 });
    expect(notesOf(now)).toEqual(['one a', 'two b']);
    expect(now.messages.map(({ attempt }) => attempt)).toEqual([2, 1]);
    for (const operation of ['ack', 'nack', 'extend'] as const) {
      expect(await answered(name, operation, receiptsOf(late))).toEqual(['ended']);
      const other = { 'x-actor': 'user:other' };
      expect(await answered(name, operation, receiptsOf(now), {}, other)).toEqual([
        ...['foreign', 'foreign'],
      ]);
    }
    expect(await shown(name)).toMatchObject({ leases: { leases: 1, messages: 2 } });
    expect(await answered(name, 'ack', receiptsOf(now))).toEqual(['acknowledged', 'acknowledged']);
    expect(await answered(name, 'ack', receiptsOf(now))).toEqual(['repeated', 'repeated']);
    expect(await answered(name, 'nack', receiptsOf(now))).toEqual(['repeated', 'repeated']);
    expect(await answered(name, 'ack', ['', 'x', '1-', '99-1', '1-99'])).toEqual([
      ...['unknown', 'unknown', 'unknown', 'unknown', 'ended'],
    ]);
    faults.clockSkewMs = 3_600_000;
    expect((await receive(name)).messages).toEqual([]);
  });

  test('of a group that was deleted and made again, too', async () => {
    const name = await group();
    await publish(['one', 'a']);
    const before = await receive(name);
    await done(name, 'delete');
    await evictDurableObject(objectOfGroup(name));
    expect(await group()).toBe(name);
    const again = await receive(name);
    expect(notesOf(again)).toEqual(['one a']);
    expect(await answered(name, 'ack', receiptsOf(before))).toEqual(['ended']);
    expect(await answered(name, 'ack', receiptsOf(again))).toEqual(['acknowledged']);
  });

  test('an extended lease ends later', async () => {
    const name = await group();
    await publish(['one', 'a']);
    const batch = await receive(name, { leaseSeconds: 5 });
    faults.clockSkewMs = 4_000;
    expect(await answered(name, 'extend', receiptsOf(batch), { leaseSeconds: 5 })).toEqual([
      'extended',
    ]);
    faults.clockSkewMs = 8_000;
    expect((await receive(name)).messages).toEqual([]);
    expect(await answered(name, 'ack', receiptsOf(batch))).toEqual(['acknowledged']);
  });
});

describe('CG5 a message that is given back', () => {
  test('comes again after its delay, before those of its stream, with the attempts counted', async () => {
    const name = await group();
    await publish(['one', 'a'], ['one', 'b'], ['two', 'c']);
    const [a, b, c] = receiptsOf(await receive(name));
    expect(await answered(name, 'nack', [a], { afterSeconds: 60, reason: 'busy' })).toEqual([
      'returned',
    ]);
    // The lease of those behind it has ended.
    expect(await answered(name, 'ack', [b, c])).toEqual(['ended', 'acknowledged']);
    expect((await ask('GET', `/${name}/held`)).body).toMatchObject({
      streams: [
        { event: eventId('one', 1), events: 2, attempts: 1, result: 'busy', parkedAt: null },
      ],
    });
    await publish(['one', 'd']);
    faults.clockSkewMs = 59_000;
    expect((await receive(name)).messages).toEqual([]);
    faults.clockSkewMs = 60_001;
    // What has failed comes alone.
    const again = await receive(name, { leaseSeconds: 600 });
    expect(notesOf(again)).toEqual(['one a']);
    expect(again.messages[0]?.attempt).toBe(2);
    await evictDurableObject(objectOfGroup(name));
    await answered(name, 'ack', receiptsOf(again));
    const rest = await receive(name, { leaseSeconds: 600 });
    expect(notesOf(rest)).toEqual(['one b', 'one d']);
    expect(rest.messages.map(({ attempt }) => attempt)).toEqual([1, 1]);
    await answered(name, 'ack', receiptsOf(rest));
    expect(await shown(name)).toMatchObject({ held: { streams: 0, events: 0 } });
  });

  test('released, it counts no attempt and is given at once, with all of its stream', async () => {
    const name = await group();
    await publish(['one', 'a'], ['one', 'b']);
    const batch = await receive(name);
    expect(await answered(name, 'nack', receiptsOf(batch), { fate: 'release' })).toEqual([
      ...['returned', 'returned'],
    ]);
    const again = await receive(name);
    expect(notesOf(again)).toEqual(['one a', 'one b']);
    expect(again.messages[0]?.attempt).toBe(1);
  });

  test('without a delay waits for 5 seconds, then twice as long', async () => {
    const name = await group();
    await publish(['one', 'a']);
    for (const waitMs of [7_501, 15_001]) {
      await answered(name, 'nack', receiptsOf(await receive(name)));
      expect((await receive(name)).messages).toEqual([]);
      faults.clockSkewMs += waitMs;
    }
    expect((await receive(name)).messages[0]?.attempt).toBe(3);
  });
});

describe('CG6 a message is parked', () => {
  test('after its attempts: its stream waits, until an operator redrives or skips', async () => {
    const name = await group({ attempts: 2 });
    await publish(['one', 'a'], ['one', 'b'], ['two', 'c']);
    const first = await receive(name, { leaseSeconds: 1 });
    await answered(name, 'ack', receiptsOf(first).slice(2));
    // A consumer that dies: each of its leases is an attempt.
    faults.clockSkewMs = 1_001;
    expect(notesOf(await receive(name, { leaseSeconds: 1 }))).toEqual(['one a']);
    faults.clockSkewMs = 2_002;
    expect((await receive(name)).messages).toEqual([]);
    expect(await shown(name)).toMatchObject({ held: { streams: 1, events: 2, parked: 1 } });
    faults.clockSkewMs = 90 * 24 * 3_600_000;
    expect((await receive(name)).messages).toEqual([]);
    expect((await ask('GET', `/${name}/held`)).body).toMatchObject({
      streams: [{ event: eventId('one', 1), attempts: 2, result: 'expired', nextAttemptAt: null }],
    });
    expect(await done(name, 'redrive')).toEqual({ streams: 1 });
    const again = await receive(name, { max: 1 });
    expect(notesOf(again)).toEqual(['one a']);
    const stream = `troublesome/${ownId('one')}`;
    const skip = { stream, event: eventId('one', 1), reason: 'test' };
    // A consumer has it.
    expect((await ask('POST', `/${name}/skip`, skip)).status).toBe(409);
    expect(await answered(name, 'nack', receiptsOf(again), { fate: 'park' })).toEqual(['parked']);
    expect((await ask('POST', `/${name}/skip`, { ...skip, event: 'x' })).status).toBe(409);
    await done(name, 'skip', skip);
    expect(notesOf(await receive(name))).toEqual(['one b']);
  });

  test('at once, or left out for good, if its consumer says so', async () => {
    const name = await group();
    await publish(['one', 'a'], ['one', 'b'], ['two', 'c'], ['two', 'd']);
    const [a, b, c, d] = receiptsOf(await receive(name));
    const parked = await answered(name, 'nack', [b, a], { fate: 'park', reason: 'no such order' });
    expect(parked).toEqual(['returned', 'parked']);
    expect(await answered(name, 'nack', [c], { fate: 'skip' })).toEqual(['skipped']);
    expect(await answered(name, 'ack', [d])).toEqual(['acknowledged']);
    expect(await shown(name)).toMatchObject({ held: { streams: 1, events: 2, parked: 1 } });
    faults.clockSkewMs = 3_600_000;
    expect((await receive(name)).messages).toEqual([]);
  });
});

describe('CG7 a consumer that waits', () => {
  test('is answered soon after the commit', async () => {
    const name = await group();
    const waiting = receive(name, { wait: 20 });
    await vi.waitFor(async () =>
      expect(await shown(name)).toMatchObject({ readAt: expect.any(String) }),
    );
    const started = Date.now();
    await publish(['one', 'a']);
    expect(notesOf(await waiting)).toEqual(['one a']);
    expect(Date.now() - started).toBeLessThan(3_000);
  });

  test('is answered when a stream is free again, or its message is due', async () => {
    const name = await group();
    await publish(['one', 'a'], ['one', 'b']);
    const first = await receive(name, { max: 1, leaseSeconds: 60 });
    const waiting = receive(name, { wait: 20 });
    await scheduler.wait(50);
    await answered(name, 'ack', receiptsOf(first));
    const second = await waiting;
    expect(notesOf(second)).toEqual(['one b']);
    await answered(name, 'nack', receiptsOf(second), { afterSeconds: 1 });
    const due = await receive(name, { wait: 20, leaseSeconds: 1 });
    expect(due.messages[0]?.attempt).toBe(2);
    // A lease that ends is noticed, too.
    expect((await receive(name, { wait: 20 })).messages[0]?.attempt).toBe(3);
  });

  test('is answered after its time without a message, and a lost wake-up is found by the cron', async () => {
    const name = await group();
    expect((await receive(name, { wait: 1 })).messages).toEqual([]);
    const waiting = receive(name, { wait: 20 });
    await scheduler.wait(50);
    const failing = {
      ...publishing.env,
      GROUP: {
        getByName: () => {
          throw new Error('Network connection lost.');
        },
      },
    };
    const { GROUP } = publishing.env;
    Object.assign(publishing.env, { GROUP: failing.GROUP });
    await publish(['one', 'a']);
    Object.assign(publishing.env, { GROUP });
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'subscription' }));
    const tick = { scheduledTime: Date.now() };
    await publishing.worker.scheduled(createScheduledController(tick), publishing.env);
    expect(notesOf(await waiting)).toEqual(['one a']);
  });
});

describe('CG8 a group in trouble is an incident', () => {
  const incidents = async () => {
    const { HEALTH }: LedgeEnv = env;
    const lists = [0, 1, 2, 3].map((shard) =>
      HEALTH.getByName(String(shard)).list({ tenant: 'main', after: ['', ''], limit: 10 }),
    );
    return (await Promise.all(lists)).flat().filter(({ kind }) => kind === 'group');
  };

  test('while it has messages that no consumer asks for, for 15 minutes', async () => {
    faults.health = 'real';
    const name = await group();
    await publish(['one', 'a']);
    await runAlarm(name);
    faults.clockSkewMs = 890_000;
    await runAlarm(name);
    expect(await incidents()).toEqual([]);
    await evictDurableObject(objectOfGroup(name));
    faults.clockSkewMs = 901_000;
    await runAlarm(name);
    expect(await incidents()).toMatchObject([
      { stream: `ledge.group/${name}`, cause: expect.stringContaining('15 minutes') },
    ]);
    // What is reported costs nothing more: the cron wakes it each minute. After a restore of D1 the feed may end before.
    const alarmAt = () => inGroup(name, ({ storage }) => storage.getAlarm());
    const before = await alarmAt();
    for (let minute = 0; minute < 2; minute++) await stubOfGroup(name).wake(1_000);
    expect(await alarmAt()).toBe(before);
    const batch = await receive(name, { leaseSeconds: 3_600 });
    await runAlarm(name);
    expect(await incidents()).toEqual([]);
    // Work that takes long is none.
    faults.clockSkewMs += 1_800_000;
    await runAlarm(name);
    expect(await incidents()).toEqual([]);
    await answered(name, 'ack', receiptsOf(batch));
  });

  test('while a message is parked; deleted, it is none any more', async () => {
    faults.health = 'real';
    const name = await group();
    await publish(['one', 'a']);
    await answered(name, 'nack', receiptsOf(await receive(name)), { fate: 'park' });
    await runAlarm(name);
    expect(await incidents()).toMatchObject([{ cause: expect.stringContaining('parked') }]);
    await done(name, 'delete');
    expect(await incidents()).toEqual([]);
  });
});

describe('CG9 operators of a tenant make, show and delete groups', () => {
  test('unknown names, types and positions are refused; a repeat changes nothing', async () => {
    const name = groupName();
    const given = { name, publication: 'works' };
    const refused = (change: object) => ask('POST', '', { ...given, ...change });
    for (const wrong of ['', 'Billing', '1st', 'a/b', 'a'.repeat(64)])
      expect((await refused({ name: wrong })).status).toBe(400);
    expect((await refused({ publication: 'wroks' })).status).toBe(404);
    expect((await refused({ types: ['works.wroked'] })).status).toBe(400);
    expect((await refused({ from: 'a0-7-00000000' })).status).toBe(400);
    expect((await ask('GET', `/${name}`)).status).toBe(404);
    expect((await ask('POST', `/${name}/receive`, {})).status).toBe(404);
    expect((await ask('POST', `/${name}/ack`, { receipts: ['1-1'] })).status).toBe(404);
    expect((await ask('POST', `/${name}/delete`, {})).status).toBe(404);
    expect(await registeredGroups()).toEqual([]);
    expect((await ask('POST', '', given)).status).toBe(201);
    expect(await ask('POST', '', given)).toMatchObject({ status: 200, body: { name } });
    expect((await refused({ attempts: 3 })).status).toBe(409);
    expect(await registeredGroups()).toEqual([name]);
  });

  test('without the binding none is made, and everything else works', async () => {
    const { GROUP: _unbound, ...without } = env;
    const given = { name: groupName(), publication: 'works' };
    const answer = await ask('POST', '', given, {}, without);
    expect(answer).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining('GROUP') },
    });
    expect((await ask('GET', '', undefined, {}, without)).status).toBe(200);
  });

  test('the list goes page by page, of the own tenant', async () => {
    for (const name of ['a', 'b', 'c']) await group({ name: groupName(name) });
    const first = await ask('GET', '?limit=2');
    expect(first.body.groups).toHaveLength(2);
    const second = await ask('GET', `?limit=2&cursor=${first.body.cursor}`);
    expect(second.body.groups).toMatchObject([{ name: groupName('c') }]);
    const foreign = { 'x-tenant': 'acme' };
    expect((await ask('GET', '', undefined, foreign)).body).toEqual({ groups: [] });
    expect((await ask('POST', `/${groupName('a')}/receive`, {}, foreign)).status).toBe(404);
    expect((await ask('GET', '?cursor=x')).status).toBe(400);
  });

  test('each operation is in the audit trail, and what consumers do is not', async () => {
    const name = await group();
    await publish(['one', 'a']);
    const batch = await receive(name);
    await answered(name, 'ack', receiptsOf(batch));
    await done(name, 'delete');
    const audited = JSON.stringify(faults.messages.filter((one) => one.includes('ledge.audit/')));
    expect(audited).toContain('POST /v1/groups');
    expect(audited).toContain('POST /v1/groups/:group/delete');
    expect(audited).not.toContain('/receive');
    expect(audited).not.toContain('/ack');
    keptMessages();
  });
});

describe('CG11 a tenant that is erased', () => {
  test('has no group any more, and one that was not registered erases itself', async () => {
    const tenant = { 'x-tenant': 'gone' };
    const [first, second] = [groupName('first'), groupName('second')];
    for (const name of [first, second])
      await ask('POST', '', { name, publication: 'works' }, tenant);
    await env.DB.prepare('DELETE FROM subscription WHERE id = ?').bind(`group/${second}`).run();
    await env.DB.batch([
      env.DB.prepare("INSERT INTO residence (tenant, state) VALUES ('gone', 'erasing')"),
      env.DB.prepare("INSERT INTO erasure (tenant) VALUES ('gone')"),
    ]);
    while ((await eraseSome(publishing.projector, 'gone')) === 'more');
    expect(await registeredGroups()).toEqual([]);
    expect(await stubOfGroup(first, 'gone').state()).toBeUndefined();
    await runDurableObjectAlarm(objectOfGroup(second, 'gone'));
    expect(await stubOfGroup(second, 'gone').state()).toBeUndefined();
    await env.DB.prepare("DELETE FROM residence WHERE tenant = 'gone'").run();
  });

  test('and one that a restore of D1 has lost is registered again', async () => {
    const name = await group();
    await runAlarm(name);
    await evictDurableObject(objectOfGroup(name));
    await env.DB.prepare('DELETE FROM subscription').run();
    await runAlarm(name);
    expect(await registeredGroups()).toEqual([name]);
  });
});
