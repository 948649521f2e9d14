/** Subscriptions: made, woken by the commit, delivered in order, their secrets, who may do what, erasure. */
import {
  createExecutionContext,
  createMessageBatch,
  createScheduledController,
  evictDurableObject,
  getQueueResult,
  runDurableObjectAlarm,
} from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import { UnreadableSecret } from '../../core/failures/unreadable-secret.ts';
import { newWebhookSecret, openedSecrets } from '../../worker/subscriptions/webhook-secret.ts';
import { eraseSome } from '../../worker/tenants/erase-tenant.ts';
import { wakeBehind } from '../../worker/wake-ups/wake-subscriptions.ts';
import { billOfObject } from './support/bill.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { publishingApp } from './support/publishing.ts';
import { SECRET } from './support/secret.ts';
import {
  ask,
  done,
  eventId,
  inObject,
  objectOfSubscription,
  ownId,
  publish,
  publishing,
  registered,
  run,
  secretEnv,
  shown,
  stubOf,
  subscribe,
  TARGET,
  URL_OF_TARGET,
  useWebhookTarget,
} from './support/subscribing.ts';
import { verified, webhookTarget } from './support/webhook-target.ts';

useKeptQueue();
useWebhookTarget();

const idsOf = () => webhookTarget.delivered.map(({ id }) => id);
const received = (count: number) =>
  vi.waitFor(() => expect(webhookTarget.received.length).toBeGreaterThanOrEqual(count), 5_000);

describe('SU1 an event of a publication is sent to a subscription as a signed CloudEvent', () => {
  test('soon after its commit, verified by the official packages', async () => {
    const { secret, id } = await subscribe();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
    await publish(['one', 'a']);
    await received(1);
    const [webhook] = webhookTarget.received;
    if (!webhook) throw new Error('Nothing was received.');
    expect(webhook).toMatchObject({ url: URL_OF_TARGET, redirect: 'manual' });
    expect(webhook.headers.get('content-type')).toBe('application/cloudevents+json');
    expect(webhook.id).toBe(eventId('one', 1));
    const event = verified(secret, webhook);
    expect(event).toMatchObject({
      id: webhook.id,
      source: '/tenants/main/publications/works',
      type: 'works.worked',
      subject: `troublesome/${ownId('one')}`,
      dataschema: 'https://ledge.test/schemas/works.worked/1',
      data: { id: ownId('one'), note: 'a' },
    });
    expect(await shown(id)).toMatchObject({
      status: 'active',
      target: { state: 'healthy', failingSince: null },
      behind: { events: 0, seconds: 0 },
      attempts: [{ event: webhook.id, result: 'delivered', status: 204 }],
    });
  });

  test('from now on, from the beginning, or from a position, and of the types that it names', async () => {
    await publish(['one', 'a'], ['one', 'loud'], ['one', 'b']);
    const now = await subscribe({ from: 'now' });
    const loud = await subscribe({
      types: ['works.loud'],
      target: { url: `${URL_OF_TARGET}?loud` },
    });
    await run(loud.id);
    expect(idsOf()).toEqual([eventId('one', 2, 'works.loud.2'), eventId('one', 2, 'works.loud.1')]);
    await publish(['one', 'c']);
    await run(now.id);
    expect(idsOf().slice(2)).toEqual([eventId('one', 4)]);
    const [, , at] = webhookTarget.received;
    const from = JSON.parse(at?.body ?? '{}').position;
    webhookTarget.reset();
    await publish(['one', 'd']);
    await run(now.id);
    webhookTarget.reset();
    const later = await subscribe({ from, target: { url: `${URL_OF_TARGET}?later` } });
    await run(later.id);
    expect(idsOf()).toEqual([eventId('one', 5)]);
  });

  test('personal fields are null', async () => {
    const { id } = await subscribe({ publication: 'people' });
    await publishing.post('/v1/commands/guest/g-9/RegisterGuest', { person: 'ann', name: 'Ann' });
    await publishing.deliver(keptMessages());
    await run(id);
    const [webhook] = webhookTarget.received;
    expect(JSON.parse(webhook?.body ?? '{}').data).toEqual({ person: 'ann', name: null });
  });
});

describe('SU16 a subscription with that grant sends personal fields plain, opened at each attempt', () => {
  const bodies = () => webhookTarget.received.map(({ body }) => JSON.parse(body).data.name);
  const stored = (id: string) =>
    inObject(id, ({ storage: { sql } }) =>
      JSON.stringify(sql.exec('SELECT body FROM waiting').toArray()),
    );

  test('sealed in the object, and null once its subject is forgotten between two attempts', async () => {
    const { id } = await subscribe({ publication: 'people', personal: true });
    const person = ownId('eve');
    webhookTarget.respond = () => 500;
    await publishing.post(`/v1/commands/guest/${person}/RegisterGuest`, { person, name: 'Eve' });
    await publishing.deliver(keptMessages());
    await run(id);
    expect(bodies()).toEqual(['Eve']);
    expect(await stored(id)).toContain('~1.');
    expect(await stored(id)).not.toContain('Eve');
    expect(await shown(id)).toMatchObject({ personal: true });
    await publishing.post(`/v1/subjects/${person}/forget`, { reason: 'asked for it' });
    webhookTarget.respond = () => 204;
    faults.clockSkewMs += 60_000;
    await run(id);
    expect(bodies()).toEqual(['Eve', null]);
  });

  test('without the grant none is made', async () => {
    const ruled = heldLedge(publishingApp(), {
      ...faultyPlatform,
      access: defineAccess(publishingApp(), {
        claims: z.object({}),
        roles: {
          porter: { publications: ['people'], operate: ['subscriptions'] },
          host: { publications: ['people'], operate: ['subscriptions'], personal: true },
        },
      }),
      authenticate: ({ headers }) => ({
        ...{ id: 'user:ops', tenant: 'main', roles: [headers.get('x-role') ?? ''] },
      }),
    });
    const statusFor = async (role: string, personal: boolean) => {
      const body = { publication: 'people', target: TARGET, personal };
      const headers = { 'content-type': 'application/json', 'x-role': role };
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      const request = new Request('https://ledge.test/v1/subscriptions', init);
      return (await ruled.fetch(request, secretEnv, createExecutionContext())).status;
    };
    expect(await statusFor('porter', true)).toBe(403);
    expect(await statusFor('porter', false)).toBe(201);
    expect(await statusFor('host', true)).toBe(201);
  });
});

describe('SU2 a subscription is woken by the commit, or by the cron', () => {
  test('without subscriptions a batch makes no trip and writes no row more', async () => {
    const silent = deployment(testApp);
    await silent.deliver([]);
    const measured = async (at: typeof publishing, stream: string) => {
      await send(`troublesome/${stream}`, 'Work', { note: 'a' });
      const messages = keptMessages();
      let trips = 0;
      faults.beforeTrip = () => void trips++;
      faults.rowsWritten = 0;
      faults.rowsRead = 0;
      await at.deliver(messages);
      faults.beforeTrip = () => undefined;
      return { trips, rows: faults.rowsWritten, read: faults.rowsRead };
    };
    await measured(publishing, 'first');
    const quiet = await measured(publishing, 'quiet');
    const { id } = await subscribe({ publication: 'people' });
    await run(id);
    expect(await measured(publishing, 'other')).toEqual(quiet);
    const subscribed = await subscribe({ from: 'now' });
    await run(subscribed.id);
    // Its own reads come with its alarm.
    const { rows } = await measured(publishing, 'subscribed');
    expect(rows).toBe(quiet.rows);
    expect(await shown(id)).toMatchObject({ attempts: [] });
  });

  test('a wake-up that fails or hangs fails no message, and delays it by a second at most', async () => {
    const { id } = await subscribe({ from: 'now' });
    await run(id);
    const calls: string[] = [];
    const hanging = {
      ...publishing.env,
      SUBSCRIPTION: {
        getByName: (name: string) => {
          calls.push(name);
          return { ...stubOf(id), wake: () => new Promise<never>(() => undefined) };
        },
      },
    };
    const failing = {
      ...hanging,
      SUBSCRIPTION: {
        getByName: () => {
          throw new Error('Network connection lost.');
        },
      },
    };
    for (const bindings of [hanging, failing]) {
      await send('troublesome/hang', 'Work', { note: 'a' });
      const started = Date.now();
      const own = deploymentOn(bindings);
      expect(await own(keptMessages())).toBe(0);
      expect(Date.now() - started).toBeLessThan(3_000);
    }
    expect(calls).toEqual([`main/${id}`]);
    expect(webhookTarget.received).toEqual([]);
    expect(faults.log).toContainEqual(expect.objectContaining({ operation: 'subscription' }));
    // The process has died between commit and wake-up, as far as the object knows.
    const tick = { scheduledTime: Date.now() };
    await publishing.worker.scheduled(createScheduledController(tick), publishing.env);
    await received(2);
    expect(idsOf()).toHaveLength(2);
  });

  test('the cron leaves what has everything asleep, and looks at all in turn', async () => {
    const { id } = await subscribe();
    await publish(['one', 'a']);
    await run(id);
    await evictDurableObject(objectOfSubscription(id));
    const before = await inObject(id, (state) => state.storage.getAlarm());
    await wakeBehind(secretEnv, () => undefined, env.DB, Date.now());
    expect(await inObject(id, (state) => state.storage.getAlarm())).toBe(before);
  });
});

test('SU3 a page of events costs a row of progress for all of them, at most 0.1 for each', async () => {
  const works = Array.from({ length: 100 }, (_, index) => [`s${index % 20}`, 'a'] as const);
  await publish(...works);
  const { id } = await subscribe({ from: 'now' });
  const bill = await billOfObject(objectOfSubscription(id));
  const rows: number[] = [];
  // An alarm that goes off by itself meanwhile writes one more: the least of three counts.
  while (rows.length < 3) {
    await done(id, 'pause', { reason: 'to deliver all at once' });
    await publish(...works);
    await run(id);
    bill.reset();
    await done(id, 'resume');
    await run(id);
    rows.push(bill.read().rowsWritten);
  }
  const rowsWritten = Math.min(...rows);
  // Resumed, its place, and the alarm: for the run, and after it.
  expect(rowsWritten).toBe(4);
  expect(rowsWritten / works.length).toBeLessThanOrEqual(0.1);
  expect(idsOf()).toHaveLength(3 * works.length);
  expect(webhookTarget.openMax).toBeGreaterThan(1);
  expect(webhookTarget.openMax).toBeLessThanOrEqual(5);
});

describe('SU8 the secret of a subscription', () => {
  test('is shown once, and is in no list, log or storage in the open', async () => {
    const { id, secret } = await subscribe();
    await publish(['one', 'a']);
    await run(id);
    const text = secret.slice('whsec_'.length);
    const stored = await inObject(id, (state) =>
      JSON.stringify(state.storage.sql.exec('SELECT * FROM subscription').toArray()),
    );
    expect(stored).toContain('sealed');
    const list = await ask('GET', '');
    const texts = [stored, JSON.stringify(list.body), JSON.stringify(await shown(id))];
    texts.push(JSON.stringify(faults.log), JSON.stringify(await registered()));
    for (const one of texts) {
      expect(one).not.toContain(text);
      expect(one).not.toContain(Buffer.from(text, 'base64').toString('base64url'));
    }
  });

  test('is replaced: both sign until the grace period ends, then the new one alone', async () => {
    const { id, secret: old } = await subscribe({ from: 'now' });
    const rotated = await done(id, 'rotate', { graceMs: 60_000 });
    const secret = String(rotated.secret);
    expect(secret).not.toBe(old);
    await publish(['one', 'a']);
    await run(id);
    faults.clockSkewMs = 61_000;
    await publish(['one', 'b']);
    await run(id);
    faults.clockSkewMs = 0;
    const [both, single] = webhookTarget.received;
    if (!both || !single) throw new Error('Not all was received.');
    expect(both.headers.get('webhook-signature')?.split(' ')).toHaveLength(2);
    verified(old, both);
    verified(secret, both);
    expect(single.headers.get('webhook-signature')?.split(' ')).toHaveLength(1);
    expect(() => verified(old, single)).toThrow();
  });

  test('without LEDGE_SECRET none is made, and where it is lost nothing is sent until a rotation', async () => {
    const created = { publication: 'works', target: TARGET };
    const deployed = { ...env, LEDGE_LOCAL_DEVELOPMENT: 'false' };
    expect((await ask('POST', '', created, {}, deployed)).status).toBe(409);
    const { id } = await subscribe();
    await inObject(id, (state) => {
      const { sql } = state.storage;
      const secrets = JSON.stringify([{ sealed: 'another', untilMs: null }]);
      sql.exec('UPDATE subscription SET secrets = ?', secrets);
    });
    await evictDurableObject(objectOfSubscription(id));
    await publish(['one', 'a']);
    await run(id, 2);
    expect(webhookTarget.received).toEqual([]);
    expect(await shown(id)).toMatchObject({ fault: expect.stringContaining('LEDGE_SECRET') });
    expect((await ask('POST', `/${id}/test`, {})).status).toBe(409);
    const { secret } = await done(id, 'rotate');
    await run(id, 2);
    const [webhook] = webhookTarget.received;
    if (!webhook) throw new Error('Nothing was received.');
    verified(String(secret), webhook);
    expect(await shown(id)).toMatchObject({ fault: null });
  });
});

test('SU8 local development needs no LEDGE_SECRET, and nothing deployed opens what it has sealed', async () => {
  const owner = { tenant: 'main', subscription: 'sub_1' };
  const { shown: text, sealed } = (await newWebhookSecret(env, owner)) ?? {};
  const [bytes = new Uint8Array()] = await openedSecrets(env, owner, [String(sealed)]);
  expect(`whsec_${Buffer.from(bytes).toString('base64')}`).toBe(text);
  const deployed = { ...env, LEDGE_LOCAL_DEVELOPMENT: 'false' };
  for (const other of [deployed, { ...deployed, LEDGE_SECRET: SECRET }]) {
    await expect(openedSecrets(other, owner, [String(sealed)])).rejects.toThrow(UnreadableSecret);
  }
});

describe('SU10 operators of a tenant make, stop and delete subscriptions', () => {
  test('a target that is no public host, unknown names and unknown types are refused', async () => {
    const given = { publication: 'works', target: TARGET };
    const refused = (change: object) => ask('POST', '', { ...given, ...change });
    for (const url of ['https://169.254.169.254/', 'http://hooks.example/', 'https://[fd00::1]/']) {
      expect(await refused({ target: { url } })).toMatchObject({
        status: 400,
        body: { errors: [{ at: '/target/url' }] },
      });
    }
    expect((await refused({ publication: 'wroks' })).status).toBe(404);
    expect((await refused({ types: ['works.wroked'] })).status).toBe(400);
    expect((await refused({ from: 'a0-1-zz' })).status).toBe(400);
    expect((await ask('GET', '/sub_1')).status).toBe(404);
    expect((await ask('POST', '/sub_00000000000000000000000000000000/delete', {})).status).toBe(
      404,
    );
    expect(await registered()).toEqual([]);
  });

  test('a repeat under the same key makes no second one; another input is refused', async () => {
    const given = { publication: 'works', target: TARGET };
    const key = { 'idempotency-key': 'once' };
    const first = await ask('POST', '', given, key);
    const again = await ask('POST', '', given, key);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toMatchObject({ id: first.body.id });
    expect(again.body).not.toHaveProperty('secret');
    expect((await ask('POST', '', { ...given, from: 'beginning' }, key)).status).toBe(422);
    expect(await registered()).toHaveLength(1);
  });

  test('a paused one keeps its place, and a replay delivers again under the same ids', async () => {
    const { id } = await subscribe();
    await done(id, 'pause', { reason: 'maintenance' });
    await publish(['one', 'a'], ['two', 'b']);
    await run(id);
    expect(webhookTarget.received).toEqual([]);
    expect(await shown(id)).toMatchObject({
      ...{ status: 'paused', reason: 'maintenance', behind: { events: 2 } },
    });
    await done(id, 'resume');
    await run(id);
    const ids = idsOf();
    expect(ids).toHaveLength(2);
    await done(id, 'replay', { from: 'beginning' });
    await run(id);
    expect(idsOf()).toEqual([...ids, ...ids]);
  });

  test('a test event is signed and sent at once, also while it is paused', async () => {
    const { id, secret } = await subscribe();
    await done(id, 'pause', { reason: 'x' });
    expect(await done(id, 'test')).toMatchObject({ result: 'delivered', status: 204 });
    webhookTarget.respond = () => 500;
    expect(await done(id, 'test')).toMatchObject({ result: 'failed', status: 500 });
    const [webhook] = webhookTarget.received;
    if (!webhook) throw new Error('Nothing was received.');
    expect(verified(secret, webhook)).toMatchObject({ type: 'ledge.subscription.test' });
    expect(await shown(id)).toMatchObject({
      ...{ status: 'paused', attempts: [{ result: 'failed' }, { result: 'delivered' }] },
    });
  });

  test('a deleted one sends nothing more, is in no list, and stays deleted', async () => {
    const { id } = await subscribe();
    const other = await subscribe({ target: { url: `${URL_OF_TARGET}?other` } });
    expect((await ask('POST', `/${id}/delete`, {})).body).toMatchObject({ id });
    expect((await ask('GET', `/${id}`)).status).toBe(404);
    expect((await ask('POST', `/${id}/resume`, {})).status).toBe(404);
    expect((await ask('GET', '')).body).toMatchObject({ subscriptions: [{ id: other.id }] });
    await publish(['one', 'a']);
    await run(other.id);
    expect(webhookTarget.received.map(({ url }) => url)).toEqual([`${URL_OF_TARGET}?other`]);
    expect(await inObject(id, (state) => state.storage.getAlarm())).toBeNull();
  });

  test('the list goes page by page', async () => {
    for (const name of ['a', 'b', 'c'])
      await subscribe({ target: { url: `${URL_OF_TARGET}?${name}` } });
    const first = await ask('GET', '?limit=2');
    expect(first.body.subscriptions).toHaveLength(2);
    const second = await ask('GET', `?limit=2&cursor=${first.body.cursor}`);
    expect(second.body.subscriptions).toHaveLength(1);
    expect((await ask('GET', '?cursor=x')).status).toBe(400);
  });

  test('of their own tenant alone, and each operation is in the audit trail', async () => {
    const { id } = await subscribe();
    const foreign = { 'x-tenant': 'acme' };
    expect((await ask('GET', `/${id}`, undefined, foreign)).status).toBe(404);
    expect((await ask('GET', '', undefined, foreign)).body).toMatchObject({ subscriptions: [] });
    expect((await ask('GET', '', undefined, { 'x-role': 'none' })).status).toBe(403);
    const given = { publication: 'works', target: TARGET };
    expect((await ask('POST', '', given, { 'x-role': 'none' })).status).toBe(403);
    await ask('POST', `/${id}/delete`, {});
    const audited = keptAudit();
    expect(audited).toContain('POST /v1/subscriptions');
    expect(audited).toContain('POST /v1/subscriptions/:id/delete');
    expect(audited).not.toContain('whsec_');
  });
});

describe('SU11 a tenant that is erased', () => {
  test('has no subscription any more, and one that was not registered erases itself', async () => {
    const tenant = { 'x-tenant': 'gone' };
    const given = { publication: 'works', target: TARGET };
    const first = String((await ask('POST', '', given, tenant)).body.id);
    const second = String((await ask('POST', '', given, tenant)).body.id);
    // As if the process had died before it was registered.
    await env.DB.prepare('DELETE FROM subscription WHERE id = ?').bind(second).run();
    await env.DB.batch([
      env.DB.prepare("INSERT INTO residence (tenant, state) VALUES ('gone', 'erasing')"),
      env.DB.prepare("INSERT INTO erasure (tenant) VALUES ('gone')"),
    ]);
    while ((await eraseSome(publishing.projector, 'gone')) === 'more');
    expect(await registered()).toEqual([]);
    expect(await stubOf(first, 'gone').state()).toBeUndefined();
    await runDurableObjectAlarm(objectOfSubscription(second, 'gone'));
    // Its own alarm may be under way: then this one does not run, and that one has not ended yet.
    await vi.waitFor(async () => expect(await stubOf(second, 'gone').state()).toBeUndefined());
    await env.DB.prepare("DELETE FROM residence WHERE tenant = 'gone'").run();
  });

  test('and one that a restore of D1 has lost is registered again', async () => {
    const { id } = await subscribe();
    await run(id);
    await evictDurableObject(objectOfSubscription(id));
    await env.DB.prepare('DELETE FROM subscription').run();
    await run(id);
    expect(await registered()).toMatchObject([{ tenant: 'main', publication: 'works', id }]);
    expect(await rowsOf('SELECT * FROM subscription')).toHaveLength(1);
  });
});

function keptAudit(): string {
  return JSON.stringify(faults.messages.filter((message) => message.includes('ledge.audit/')));
}

function deploymentOn(bindings: typeof publishing.env) {
  const own = { ...publishing, env: bindings };
  return async (messages: readonly string[]) => {
    const batch = createMessageBatch<unknown>(
      'events',
      messages.map((body, index) => ({
        ...{ id: `h${index}`, timestamp: new Date(), attempts: 1, body },
      })),
    );
    await own.worker.queue(batch, own.env);
    const { explicitAcks } = await getQueueResult(batch, createExecutionContext());
    return messages.length - explicitAcks.length;
  };
}
