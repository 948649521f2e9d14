/** What an export has of a stream, and what an empty object is after a restore from it. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { ExportedPages, RestoredStreams } from '../../core/operator-shapes/transfer.ts';
import type { TransferPage } from '../../core/protocol/stream-transfer.ts';
import { deployment } from './support/deployment.ts';
import { wholeApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import {
  aggregateOf,
  evict,
  keptMessages,
  objectOf,
  rowsOf,
  useKeptQueue,
} from './support/harness.ts';
import { provider, resetProvider } from './support/payment-provider.ts';
import { nothingSaved, putBack, savedObject } from './support/restored-object.ts';
import { ciphertext, opening, sealing } from './support/subjects.ts';

useKeptQueue();

const server = deployment(wholeApp);

type Stream = `${string}/${string}`;

let count = 0;
let stream: Stream = 'troublesome/none';
beforeEach(() => {
  faults.clockSkewMs = 0;
  stream = `troublesome/transferred-${++count}`;
});

interface Answered {
  readonly status: number;
  readonly body: unknown;
}

async function post(path: string, body: unknown = {}, key?: string): Promise<Answered> {
  const headers = {
    'content-type': 'application/json',
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const request = new Request(`http://ledge.test${path}`, {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  });
  const response = await server.worker.fetch(request, server.env);
  return { status: response.status, body: await response.json() };
}

const work = (note: string, key?: string) => post(`/v1/commands/${stream}/Work`, { note }, key);

async function exported(name: string = stream): Promise<TransferPage[]> {
  const pages: TransferPage[] = [];
  for (let next: object | undefined = {}; next; ) {
    const streams: object[] = [{ tenant: 'main', stream: name, ...next }];
    const { body } = await post('/v1/export/pages', { streams });
    const answer = body as ExportedPages;
    expect(answer.left).toEqual([]);
    const [page] = answer.pages;
    if (!page) throw new Error('There is no page.');
    const { next: place, ...own } = page;
    pages.push(own);
    next = place && { next: place };
  }
  return pages;
}

async function restored(pages: readonly TransferPage[]) {
  const { status, body } = await post('/v1/restore/rows', { pages });
  expect(status).toBe(200);
  return (body as RestoredStreams).streams[0];
}

async function release(pages: readonly TransferPage[], more: object = {}) {
  const [{ tenant, stream: name, version, eventId } = { tenant: '', stream: '' }] = pages;
  const commands = pages.flatMap((page) => page.commands).length;
  const timers = pages.flatMap((page) => page.timers).length;
  const subjectKeys = pages.flatMap((page) => page.subjectKeys).length;
  const actions = pages.flatMap((page) => page.actions).length;
  const counts = { commands, timers, actions, subjectKeys };
  const released = { tenant, stream: name, version, eventId, ...counts, ...more };
  const { body } = await post('/v1/restore/release', { streams: [released] });
  return (body as RestoredStreams).streams[0];
}

/** Without its own progress: the confirmed version, and snapshots, which follow from the events. */
async function dump(name: string = stream) {
  const { tables } = await savedObject(name);
  return tables
    .filter(({ name: table }) => !['snapshot', 'restoring'].includes(table))
    .map(({ name: table, rows }) => ({
      table,
      rows: rows.map(({ confirmed_version: _confirmed, kept_until: _kept, ...row }) => row),
    }))
    .sort((a, b) => a.table.localeCompare(b.table));
}

const empty = (name: string = stream) => putBack(name, nothingSaved);

describe('EX1 a stream that is restored from an export', () => {
  test('has the same events, outcomes and timers, and a repeated key gets its outcome', async () => {
    await work('one', 'key-1');
    await work('two');
    const rejected = await post(`/v1/commands/${stream}/Work`, { note: '' }, 'key-2');
    const later = { id: 'later', at: '2099-01-01T00:00:00.000Z' };
    await post(`/v1/commands/${stream}/WorkLater`, later, 'key-3');
    const first = await work('one', 'key-1');
    const before = await dump();
    const pages = await exported();
    await empty();
    expect(await restored(pages)).toMatchObject({ state: 'restoring' });
    expect(await release(pages)).toMatchObject({ state: 'whole' });
    expect(await dump()).toEqual(before);
    expect(await work('one', 'key-1')).toEqual(first);
    const again = await post(`/v1/commands/${stream}/Work`, { note: '' }, 'key-2');
    expect(again.status).toBe(rejected.status);
  });

  test('takes no command and fires no timer before it is released, after an eviction neither', async () => {
    await work('one');
    const at = new Date(Date.now() + 60_000).toISOString();
    await post(`/v1/commands/${stream}/WorkLater`, { id: 'soon', at });
    const pages = await exported();
    await empty();
    await restored(pages);
    faults.clockSkewMs = 120_000;
    for (const wake of [async () => undefined, () => evict(stream)]) {
      await wake();
      // One that was set before the object was emptied.
      await runInDurableObject(objectOf(stream), (_object, { storage }) => storage.setAlarm(1));
      await runDurableObjectAlarm(objectOf(stream));
      expect(await work('two')).toMatchObject({
        status: 503,
        body: { type: '/problems/unavailable', detail: expect.stringContaining('restored') },
      });
      expect(await aggregateOf(stream).headVersion()).toBe(pages[0]?.version);
    }
    await release(pages);
    await runDurableObjectAlarm(objectOf(stream));
    expect(await aggregateOf(stream).headVersion()).toBe(2);
    expect((await work('two')).status).toBe(200);
  });

  test('sends nothing by itself: the restore brings D1 up to it', async () => {
    await work('one');
    const pages = await exported();
    await empty();
    keptMessages();
    await runInDurableObject(objectOf(stream), (_object, { storage }) => storage.deleteAlarm());
    await restored(pages);
    await release(pages);
    expect(keptMessages()).toEqual([]);
    const alarm = await runInDurableObject(objectOf(stream), (_object, { storage }) =>
      storage.getAlarm(),
    );
    expect(alarm).toBeNull();
    const streams = [{ tenant: 'main', stream }];
    const { body } = await post('/v1/restore/bring', { streams });
    expect(body).toMatchObject({ streams: [{ stream, head: 1, version: 1 }] });
  });
});

describe('EX6 the key of a subject', () => {
  test('comes with its stream, wrapped, and opens what it has sealed', async () => {
    const name = `exported-${count}`;
    const before = await ciphertext(await sealing(name));
    const subject = `ledge.subject/${name}`;
    const pages = await exported(subject);
    expect(pages[0]?.subjectKeys).toEqual([{ incarnation: 1, wrapped: expect.any(String) }]);
    await empty(subject);
    await restored(pages);
    expect(await release(pages, { subjectKeys: 0 })).toMatchObject({ state: 'incomplete' });
    expect(await release(pages)).toMatchObject({ state: 'whole' });
    await rowsOf('DELETE FROM subject_key WHERE subject = ?', name);
    expect(await ciphertext(await opening(name))).toBe(before);
  });

  test('is not there once the subject is forgotten', async () => {
    const name = `forgotten-${count}`;
    await sealing(name);
    const forgotten = await post(`/v1/subjects/${name}/forget`, { reason: 'Asked for.' });
    expect(forgotten.status).toBe(200);
    const [page] = await exported(`ledge.subject/${name}`);
    expect(page).toMatchObject({ version: 2, subjectKeys: [] });
  });
});

describe('AE20 an action that has not ended', () => {
  const HOUR_MS = 3_600_000;
  const open = () => get(`/v1/actions/${stream}`);
  const get = async (path: string) => (await server.get(path)).body.actions;

  /** Its provider has failed once, and is well again. */
  async function failed(): Promise<TransferPage[]> {
    resetProvider();
    stream = `charging/transferred-${count}`;
    provider.answers = () => '500';
    await post(`/v1/commands/${stream}/RequestPayment`, { cents: 5 });
    await vi.waitFor(async () =>
      expect(await open()).toMatchObject([{ cause: expect.any(String) }]),
    );
    provider.answers = () => 'done';
    const pages = await exported();
    expect(pages[0]?.actions).toMatchObject([{ action: 'charge', version: 1, attempts: 1 }]);
    await empty();
    await restored(pages);
    return pages;
  }

  test('goes on with its key once its stream is released, and not before', async () => {
    const pages = await failed();
    faults.clockSkewMs = 60_000;
    await runInDurableObject(objectOf(stream), (_object, { storage }) => storage.setAlarm(1));
    await runDurableObjectAlarm(objectOf(stream));
    expect(provider.calls).toHaveLength(1);
    expect(await release(pages, { actions: 0 })).toMatchObject({ state: 'incomplete' });
    expect(await release(pages)).toMatchObject({ state: 'whole' });
    await runDurableObjectAlarm(objectOf(stream));
    await vi.waitFor(async () => expect(await aggregateOf(stream).headVersion()).toBe(2));
    expect([provider.calls.length, new Set(provider.calls).size]).toEqual([2, 1]);
  });

  test('is parked where its time has passed', async () => {
    const pages = await failed();
    faults.clockSkewMs = 4 * HOUR_MS;
    await release(pages);
    await runDurableObjectAlarm(objectOf(stream));
    expect(await open()).toMatchObject([{ state: 'parked', version: 1 }]);
    expect(provider.calls).toHaveLength(1);
  });

  test('is none of an export of before, which is read as it is', async () => {
    await work('one');
    const [page] = await exported();
    if (!page) throw new Error('There is no page.');
    const { actions: _actions, ...older } = page;
    await empty();
    expect(await restored([older as TransferPage])).toMatchObject({ state: 'restoring' });
    expect(await release([page])).toMatchObject({ state: 'whole' });
  });
});

describe('EX2 an export in several pages', () => {
  test('is whole, and ends at the version at which it began', async () => {
    const note = 'x'.repeat(60_000);
    for (let index = 0; index < 5; index++) await work(`${index} ${note}`, `key-${index}`);
    const streams = Array.from({ length: 100 }, () => ({ tenant: 'main', stream }));
    const { body } = await post('/v1/export/pages', { streams });
    const [first] = (body as ExportedPages).pages;
    expect(first?.events).toHaveLength(1);
    expect(first?.next).toEqual({ upTo: 5, events: 1 });
    await work('afterwards', 'key-late');
    const next = { tenant: 'main', stream, next: { upTo: 5, events: 4 } };
    const rest = (await post('/v1/export/pages', { streams: [next] })).body as ExportedPages;
    expect(rest.pages[0]).toMatchObject({ version: 5, events: [{ version: 5 }] });
    expect(rest.pages[0]?.commands.map(({ key }) => key)).not.toContain('key-late');
    expect(rest.pages[0]?.commands).toHaveLength(5);
    expect(rest.pages[0]?.next).toBeUndefined();
  });

  test('a page that comes twice changes nothing; one that is missing is found', async () => {
    for (const note of ['one', 'two', 'three']) await work(note, note);
    const before = await dump();
    const [whole] = await exported();
    if (!whole) throw new Error('There is no page.');
    await empty();
    const part = (from: number, to: number) => ({
      ...{ ...whole, events: whole.events.slice(from, to) },
      commands: to === 3 ? whole.commands : [],
    });
    expect(await restored([part(1, 2)])).toMatchObject({ state: 'incomplete' });
    expect(await restored([part(0, 1)])).toMatchObject({ state: 'restoring', version: 1 });
    expect(await release([whole])).toMatchObject({ state: 'incomplete', version: 1 });
    expect(await restored([part(0, 1)])).toMatchObject({ state: 'restoring', version: 1 });
    expect(await restored([part(2, 3)])).toMatchObject({ state: 'incomplete', version: 1 });
    await restored([part(1, 3)]);
    await restored([part(1, 3)]);
    expect(await release([whole], { commands: 4 })).toMatchObject({ state: 'incomplete' });
    expect(await release([whole], { timers: 1 })).toMatchObject({ state: 'incomplete' });
    expect(await release([whole])).toMatchObject({ state: 'whole' });
    expect(await dump()).toEqual(before);
  });
});

describe('EX3 a restore', () => {
  test('changes nothing of a stream that is there, also where it has gone on', async () => {
    await work('one');
    const pages = await exported();
    await work('two');
    const before = await dump();
    expect(await restored(pages)).toMatchObject({ state: 'whole', version: 2 });
    expect(await release(pages)).toMatchObject({ state: 'whole', version: 2 });
    expect(await dump()).toEqual(before);
  });

  test('changes nothing of a stream with other events', async () => {
    await work('one');
    const pages = await exported();
    await empty();
    await work('another');
    const before = await dump();
    expect(await restored(pages)).toMatchObject({ state: 'occupied' });
    expect(await release(pages)).toMatchObject({ state: 'occupied' });
    expect(await dump()).toEqual(before);
  });

  test('of a second export into a stream that is being restored is refused', async () => {
    await work('one');
    const old = await exported();
    await work('two');
    const pages = await exported();
    await empty();
    await restored(pages);
    expect(await restored(old)).toMatchObject({ state: 'occupied' });
    expect(await release(old)).toMatchObject({ state: 'occupied' });
    expect(await release(pages)).toMatchObject({ state: 'whole' });
  });

  test('of an aggregate that the code does not define says so, and stores nothing', async () => {
    await work('one');
    const pages = (await exported()).map((page) => ({ ...page, stream: 'nothing/n-1' }));
    expect(await restored(pages)).toMatchObject({
      state: 'failed',
      because: expect.stringContaining('does not define'),
    });
    const streams = [{ tenant: 'main', stream: 'nothing/n-1' }];
    expect((await post('/v1/export/pages', { streams })).body).toMatchObject({
      pages: [],
      left: [{ stream: 'nothing/n-1', because: expect.stringContaining('does not define') }],
    });
  });
});

test('EX7 a deployment is claimed by one export, however often that is restored', async () => {
  const claim = (digit: string) => post('/v1/restore/claim', { export: digit.repeat(64) });
  for (const again of [false, true]) {
    expect([again, await claim('a')]).toEqual([
      again,
      { status: 200, body: { export: 'a'.repeat(64) } },
    ]);
  }
  expect(await claim('b')).toMatchObject({
    status: 409,
    body: { type: '/problems/wrong-state', detail: expect.stringContaining('another export') },
  });
  expect((await post('/v1/restore/claim', { export: 'none' })).status).toBe(400);
  expect(await aggregateOf('ledge.restore/export', 'ledge').headVersion()).toBe(1);
});
