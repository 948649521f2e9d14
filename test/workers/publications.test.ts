/** Publications: each public event once, in stream order, with one id, whatever the queue, D1 and operators do. */
import { createExecutionContext } from 'cloudflare:test';
import { type CloudEvent, HTTP } from 'cloudevents';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAccess } from '../../core/access/define-access.ts';
import { definePublication, type Publish } from '../../core/publication/define-publication.ts';
import { publicEvent } from '../../core/publication/public-event.ts';
import type { PublicEvent } from '../../core/publication/publication.ts';
import { beginEpoch } from '../../worker/restore/begin-epoch.ts';
import { bringBack } from '../../worker/restore/bring-back.ts';
import { databaseState } from '../../worker/restore/list-streams.ts';
import { eraseSome } from '../../worker/tenants/erase-tenant.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { publishingApp, works } from './support/publishing.ts';
import { troublesome } from './support/troublesome.ts';

useKeptQueue();
beforeEach(async () => {
  const tables = ['journal_page', 'publication_page', 'checkpoint', 'generation', 'serving_set'];
  const all = [...tables, 'dead_letter', 'epoch', 'products_v1'];
  await env.DB.batch(all.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

const app = publishingApp();
const publishing = deployment(app);
const silent = deployment(testApp);
const mended = deployment(publishingApp(works('now', true)));
const fromBeginning = deployment(publishingApp(works('beginning')));

async function work(id: string, ...notes: readonly string[]): Promise<string[]> {
  for (const note of notes) await send(`troublesome/${id}`, 'Work', { note });
  return keptMessages();
}

/** A caller has the role and the tenant of its headers. */
const access = defineAccess(app, {
  claims: z.object({}),
  roles: {
    partner: { publications: ['works'] },
    clerk: { journal: 'all' },
    all: { publications: 'all' },
    host: { publications: 'all', personal: true },
  },
});
const worker = heldLedge(app, {
  ...faultyPlatform,
  access,
  authenticate: ({ headers }) => ({
    ...{ id: 'user:a', tenant: headers.get('x-tenant') ?? 'main' },
    roles: [headers.get('x-role') ?? ''],
  }),
});

interface Page {
  readonly response: Response;
  readonly events: CloudEvent<{ id: string; note?: string; letters?: number }>[];
  /** Where to go on. */
  readonly next: string;
}

type Ledge = Pick<ReturnType<typeof deployment>, 'worker' | 'env'>;

async function fetchFeed(
  path: string,
  headers: Record<string, string> = {},
  at: Ledge = publishing,
): Promise<Response> {
  const request = new Request(`http://ledge.test${path}`, { headers });
  return at.worker.fetch(request, at.env, createExecutionContext());
}

/** The official package reads the answer, strictly. */
async function feed(query = '', at: Ledge = publishing): Promise<Page> {
  const response = await fetchFeed(`/v1/publications/works?${query}`, {}, at);
  const body = await response.text();
  expect(response.status, body).toBe(200);
  const headers = Object.fromEntries(response.headers);
  const read = JSON.parse(body).length === 0 ? [] : [HTTP.toEvent({ headers, body })].flat();
  // The package has its class, whatever its type says.
  const events = read as unknown as Page['events'];
  for (const one of events) expect(one.validate()).toBe(true);
  const [, next = ''] = /[?&]after=([^&>]*)/.exec(response.headers.get('link') ?? '') ?? [];
  return { response, events, next };
}

const notesOf = ({ events }: Pick<Page, 'events'>) => events.map(({ data }) => data?.note);
const idsOf = ({ events }: Pick<Page, 'events'>) => events.map(({ id }) => id);

/** Everything that is there, three events at a time. */
async function all(at: Ledge = publishing, after = ''): Promise<Page['events']> {
  const found: Page['events'] = [];
  for (let next = after; ; ) {
    const page = await feed(`limit=3${next && `&after=${next}`}`, at);
    found.push(...page.events);
    if (page.events.length === 0) return found;
    next = page.next;
  }
}

describe('PB1 a public event is published once, in the order of its stream', () => {
  test('though messages come in any order, again, together, and after D1 failed', async () => {
    const one = await work('one', 'a', 'b', 'c');
    const two = await work('two', 'd', 'e');
    faults.beforeBatch = () => {
      throw new Error('D1_ERROR: Network connection lost.');
    };
    expect(await publishing.deliver(one)).toBe(3);
    faults.beforeBatch = () => undefined;
    const messages = [...two, ...one].toReversed();
    await Promise.all([1, 2, 3].map(() => publishing.deliver(messages)));
    await publishing.deliver(messages);
    const events = await all();
    const of = (id: string) => events.filter(({ data }) => data?.id === id);
    expect(notesOf({ events: of('one') })).toEqual(['a', 'b', 'c']);
    expect(notesOf({ events: of('two') })).toEqual(['d', 'e']);
    expect(events).toHaveLength(5);
  });

  test('and its id follows from its source; an event without a handler stays private', async () => {
    await publishing.deliver(await work('ids', 'a', 'private', 'loud'));
    expect(idsOf(await feed())).toEqual([
      'works/troublesome/ids@1/works.worked.1',
      'works/troublesome/ids@3/works.loud.2',
      'works/troublesome/ids@3/works.loud.1',
    ]);
    expect(await rowsOf('SELECT * FROM publication_page')).toHaveLength(1);
  });
});

test('PB2 the feed is a batch of CloudEvents, as the official package reads them', async () => {
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  const occurredAt = '2026-01-02T03:04:05.000Z';
  const headers = { traceparent, 'occurred-at': occurredAt };
  await send('troublesome/wire', 'Work', { note: 'a' }, headers);
  await publishing.deliver([...keptMessages(), ...(await work('wire', 'loud'))]);
  const page = await feed();
  const [first, second] = page.events;
  expect(page.response.headers.get('content-type')).toBe('application/cloudevents-batch+json');
  expect(first).toMatchObject({
    specversion: '1.0',
    source: '/tenants/main/publications/works',
    type: 'works.worked',
    subject: 'troublesome/wire',
    time: occurredAt,
    datacontenttype: 'application/json',
    dataschema: 'http://ledge.test/schemas/works.worked/1',
    sequence: '000000000000001',
    traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
    data: { id: 'wire', note: 'a' },
  });
  expect(second).toMatchObject({ dataschema: 'http://ledge.test/schemas/works.loud/2' });
  expect(second).not.toHaveProperty('traceparent');
  expect(() => first?.cloneWith({ source: '' })).toThrow('invalid payload');
});

describe('PB3 an event that its handler cannot publish is parked', () => {
  test('for the publication on that stream alone; a redrive publishes it and what waited, in order', async () => {
    const stuck = await work('stuck', 'a', 'unpublishable', 'b');
    await publishing.deliver([...stuck, ...(await work('other', 'c'))]);
    expect(notesOf(await feed()).toSorted()).toEqual(['a', 'c']);
    const { body } = await publishing.get('/v1/dead-letters?status=parked');
    expect(body.deadLetters).toMatchObject([
      { generation: 'works@1', stream: 'troublesome/stuck', version: 2 },
    ]);
    expect(await rowsOf("SELECT 1 FROM journal WHERE stream = 'troublesome/stuck'")).toHaveLength(
      3,
    );
    await publishing.post('/v1/redrive');
    expect((await all()).length).toBe(2);
    await mended.post('/v1/redrive');
    const { events } = await feed();
    expect(notesOf({ events: events.filter(({ data }) => data?.id === 'stuck') })).toEqual([
      ...['a', 'unpublishable', 'b'],
    ]);
  });

  test.each([
    ['what the schema refuses', { id: 7, note: 'a' }, /expected string/],
    [
      'more than a row of D1 holds',
      { id: 'x'.repeat(1_000_001), note: 'a' },
      /the limit is 1000000/,
    ],
    ['what JSON does not carry', { id: 'a', note: 'a', odd: 1n }, /not JSON/],
  ])('and so is %s', async (_what, data, error) => {
    expect(await parkedBy((publish) => publish('odd', data as never))).toMatch(error);
  });

  test.each([
    [
      'a type that is not declared',
      () => ({ type: 'even', version: 1, data: {} }),
      /no event of it/,
    ],
    [
      'a version that is not declared',
      () => ({ type: 'odd', version: 2, data: {} }),
      /no event of it/,
    ],
    ['nothing that publish made', () => undefined, /no event of it/],
  ])('and so is %s', async (_what, returned, error) => {
    expect(await parkedBy(returned as never)).toMatch(error);
  });

  test('and so is one version of a type twice', async () => {
    const data = { id: 'a', note: 'a' };
    const twice = await parkedBy((publish) => [publish('odd', data), publish('odd', data)]);
    expect(twice).toMatch(/published odd\.1 twice for one event/);
  });
});

let odds = 0;

const odd = publicEvent(z.looseObject({ id: z.string(), note: z.string() }), { version: 1 });

/** The error of the dead letter that a handler causes; nothing is published, and the journal has the event. */
async function parkedBy(
  handler: (publish: Publish<{ odd: typeof odd }>) => PublicEvent | PublicEvent[],
): Promise<string> {
  const publication = definePublication({
    name: 'works',
    from: [troublesome],
    events: { odd },
    on: { troublesome: { Worked: (_event, publish) => handler(publish) } },
  });
  await deployment(publishingApp(publication)).deliver(await work(`odd-${++odds}`, 'a'));
  expect(await rowsOf('SELECT 1 FROM journal')).toHaveLength(1);
  expect(await rowsOf('SELECT 1 FROM publication_page')).toEqual([]);
  const [letter] = await rowsOf<{ error: string }>('SELECT error FROM dead_letter');
  return letter?.error ?? '';
}

describe('PB4 a rebuild never publishes', () => {
  test('and a publication is not rebuilt', async () => {
    await publishing.deliver(await work('again', 'a', 'b'));
    expect((await publishing.post('/v1/projections/products/rebuild')).status).toBe(200);
    expect(await publishing.buildAll('products')).toBeGreaterThan(0);
    const refused = await publishing.post('/v1/projections/works/rebuild');
    expect(refused).toMatchObject({
      status: 409,
      body: { detail: expect.stringMatching(/not taken back/) },
    });
    expect(await publishing.buildAll('works')).toBe(0);
    expect(notesOf(await feed())).toEqual(['a', 'b']);
  });
});

describe('PB5 a new publication', () => {
  test('starts with what comes after it', async () => {
    await silent.deliver(await work('before', 'a', 'b'));
    await publishing.deliver(await work('before', 'c'));
    expect(notesOf(await feed())).toEqual(['c']);
    expect(await publishing.buildAll('works')).toBe(0);
  });

  test('or with the first event of the journal, each once, in order', async () => {
    await silent.deliver(await work('filled', 'a', 'b'));
    await fromBeginning.deliver(await work('filled', 'c'));
    expect(notesOf(await feed())).toEqual([]);
    await fromBeginning.buildAll('works');
    await fromBeginning.deliver(await work('filled', 'd'));
    expect(notesOf(await feed())).toEqual(['a', 'b', 'c', 'd']);
  });

  test('that was paused, or that the code did not define for a time, goes on where it was', async () => {
    await publishing.deliver(await work('gap', 'a'));
    await publishing.post('/v1/projections/works/pause', { reason: 'A test.' });
    await publishing.deliver(await work('gap', 'b'));
    await publishing.post('/v1/projections/works/resume');
    await publishing.buildAll('works');
    await silent.deliver(await work('gap', 'c'));
    await publishing.deliver(await work('gap', 'd'));
    await publishing.buildAll('works');
    expect(notesOf(await feed())).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('PB6 a reader', () => {
  test('gets each event once, by the Link or by the position of its last event', async () => {
    await publishing.deliver(await work('pages', 'a', 'b', 'c', 'd', 'e'));
    await publishing.deliver(await work('pages', 'f', 'g'));
    expect(notesOf({ events: await all() })).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g']);
    const { events } = await feed();
    const from = String(events[3]?.position);
    expect(notesOf(await feed(`after=${from}`))).toEqual(['e', 'f', 'g']);
    expect(events.map(({ sequence }) => sequence)).toEqual(
      events.map(({ sequence }) => sequence).toSorted(),
    );
    const end = await feed(`after=${events.at(-1)?.position}`);
    expect([end.events, end.next]).toEqual([[], events.at(-1)?.position]);
  });

  test('by type passes over the others', async () => {
    await publishing.deliver(await work('types', 'loud', 'a', 'b'));
    await publishing.deliver(await work('types', 'c'));
    const page = await feed('type=works.loud');
    expect(page.events.map(({ type }) => type)).toEqual(['works.loud', 'works.loud']);
    expect((await feed(`after=${page.next}`)).events).toEqual([]);
    expect((await fetchFeed('/v1/publications/works?type=works.unknown')).status).toBe(400);
  });

  test('waits for an event until one comes, or its time is over', async () => {
    const begun = Date.now();
    expect((await feed('wait=1')).events).toEqual([]);
    expect(Date.now() - begun).toBeGreaterThan(900);
    const waiting = feed('wait=20');
    await scheduler.wait(300);
    await publishing.deliver(await work('awaited', 'a'));
    expect(notesOf(await waiting)).toEqual(['a']);
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  test('of server-sent events goes on with the id of the last one', async () => {
    await publishing.deliver(await work('stream', 'a', 'b'));
    const accept = 'text/event-stream';
    const first = await fetchFeed('/v1/publications/works?limit=1', { accept });
    expect(first.headers.get('content-type')).toBe(accept);
    const [, id = ''] = /^id: (.+)$/m.exec(await first.text()) ?? [];
    const next = await fetchFeed('/v1/publications/works?limit=1', { accept, 'last-event-id': id });
    const text = await next.text();
    const [, data = ''] = /^data: (.+)$/m.exec(text) ?? [];
    expect(JSON.parse(data)).toMatchObject({ data: { note: 'b' } });
    expect(text).toMatch(/^retry: \d+\n\nevent: works\.worked\nid: /);
  });

  test('of a publication or from a position that there is not is refused', async () => {
    expect((await fetchFeed('/v1/publications/work')).status).toBe(404);
    expect((await fetchFeed('/v1/publications/works?after=x')).status).toBe(400);
    await publishing.deliver(await work('known', 'a'));
    expect((await fetchFeed('/v1/publications/works?after=a0-1-00000000')).status).toBe(410);
    await rowsOf('UPDATE publication_page SET first = 2');
    expect((await fetchFeed('/v1/publications/works')).status).toBe(500);
  });
});

describe('PB7 after a restore of D1', () => {
  const tables = [
    ...['journal_page', 'publication_page', 'checkpoint', 'generation', 'serving_set'],
    'dead_letter',
  ];

  async function saved() {
    const kept = await Promise.all(tables.map((table) => rowsOf<object>(`SELECT * FROM ${table}`)));
    return async () => {
      for (const [index, table] of tables.entries()) {
        await rowsOf(`DELETE FROM ${table}`);
        for (const row of kept[index] ?? []) {
          const names = Object.keys(row).join(', ');
          const marks = Object.keys(row)
            .map(() => '?')
            .join(', ');
          const values = Object.values(row).map((value) =>
            Array.isArray(value) ? new Uint8Array(value).buffer : value,
          );
          await rowsOf(`INSERT INTO ${table} (${names}) VALUES (${marks})`, ...values);
        }
      }
    };
  }

  test('no event is lost, none has another id, and a reader goes on from the common position', async () => {
    await publishing.deliver(await work('back', 'a', 'b'));
    await publishing.deliver(await work('kept', 'c'));
    const putBack = await saved();
    await publishing.deliver(await work('late', 'd'));
    await publishing.deliver(await work('back', 'e'));
    const before = await feed();
    const state = await databaseState(env.DB);
    await putBack();
    await beginEpoch(publishing.projector, state);
    const streams = ['back', 'kept', 'late'].map((id) => ({
      tenant: 'main',
      stream: `troublesome/${id}`,
    }));
    await bringBack(publishing.projector, streams);

    const after = await feed();
    expect(idsOf(after).toSorted()).toEqual(idsOf(before).toSorted());
    const stale = await fetchFeed(`/v1/publications/works?after=${before.next}`);
    const problem: { common: string } = await stale.json();
    expect({ status: stale.status, ...problem }).toMatchObject({
      status: 410,
      type: '/problems/restored',
    });
    const read = new Set([
      ...idsOf(before),
      ...idsOf({ events: await all(publishing, problem.common) }),
    ]);
    expect(read.size).toBe(before.events.length);
    // At least what was written after the restore is read again, and not everything.
    const again = idsOf(await feed(`after=${problem.common}`));
    expect(again).toEqual(expect.arrayContaining([expect.stringContaining('late@1')]));
    expect(again.length).toBeLessThan(before.events.length);
  });

  test('a page that was written at the common position is not taken for a common one', async () => {
    await publishing.deliver(await work('first', 'a'));
    const stuck = [
      ...(await work('held-1', 'unpublishable')),
      ...(await work('held-2', 'unpublishable')),
    ];
    await publishing.deliver(stuck);
    const putBack = await saved();
    const redrive = (id: string) => mended.post('/v1/redrive', { stream: `troublesome/${id}` });
    await redrive('held-1');
    const { next, events } = await feed();
    expect(events.map(({ data }) => data?.id)).toEqual(['first', 'held-1']);
    const state = await databaseState(env.DB);
    await putBack();
    await beginEpoch(publishing.projector, state);
    await redrive('held-2');
    await redrive('held-1');

    const stale = await fetchFeed(`/v1/publications/works?after=${next}`);
    const { common }: { common: string } = await stale.json();
    expect((await all(publishing, common)).map(({ data }) => data?.id)).toEqual([
      'held-2',
      'held-1',
    ]);
  });
});

describe('PB8 who reads', () => {
  const status = async (name: string, role: string) =>
    (
      await fetchFeed(
        `/v1/publications/${name}`,
        { 'x-role': role },
        { worker, env: publishing.env },
      )
    ).status;

  test('is decided by the grant of the publication alone', async () => {
    expect(await status('works', 'partner')).toBe(200);
    expect(await status('people', 'partner')).toBe(403);
    expect(await status('works', 'clerk')).toBe(403);
    expect([await status('works', 'all'), await status('people', 'all')]).toEqual([200, 200]);
    expect(() =>
      defineAccess(app, { claims: z.object({}), roles: { a: { publications: ['x' as 'works'] } } }),
    ).toThrow('names the publication x');
  });

  test('gets what its own tenant has published', async () => {
    await publishing.deliver(await work('mine', 'a'));
    const headers = { 'x-role': 'partner', 'x-tenant': 'other' };
    const other = await fetchFeed('/v1/publications/works', headers, {
      worker,
      env: publishing.env,
    });
    expect(await other.json()).toEqual([]);
  });
});

describe('PB9 the schema of a public event', () => {
  test('is at the address that its dataschema names, for each version', async () => {
    await publishing.deliver(await work('schema', 'loud'));
    const { events } = await feed();
    const schemas = await Promise.all(
      events.map(async ({ dataschema }) => {
        const response = await fetchFeed(new URL(dataschema ?? '').pathname);
        expect(response.headers.get('content-type')).toBe('application/schema+json');
        return z.fromJSONSchema(await response.json());
      }),
    );
    for (const [index, { data }] of events.entries()) schemas[index]?.parse(data);
    expect(() => schemas[0]?.parse(events[1]?.data)).toThrow();
    expect((await fetchFeed('/schemas/works.loud/3')).status).toBe(404);
  });
});

describe('PB10 the bill of publications', () => {
  const rowsFor = async (ledge: ReturnType<typeof deployment>, messages: readonly string[]) => {
    faults.rowsWritten = 0;
    expect(await ledge.deliver(messages)).toBe(0);
    return faults.rowsWritten;
  };

  test('is a row for each page: a hundred public events of a batch write one', async () => {
    await publishing.deliver(await work('billed', 'a'));
    const notes = Array.from({ length: 100 }, () => 'loud');
    const without = await rowsFor(publishing, await work('quiet', 'private', 'private'));
    expect(without).toBe(2);
    expect(await rowsFor(publishing, await work('loud', ...notes))).toBe(without + 1);
    expect((await feed('limit=1000')).events).toHaveLength(201);
  });

  test('more than a page holds are two, without a gap', async () => {
    const data = { events: 600, noteLength: 1 };
    for (const id of ['a', 'b']) await send(`troublesome/much-${id}`, 'WorkMuch', data);
    await publishing.deliver(keptMessages());
    const pages = await rowsOf('SELECT first, events FROM publication_page ORDER BY first');
    expect(pages).toEqual([
      { first: 1, events: 1_000 },
      { first: 1_001, events: 200 },
    ]);
    const page = await feed('limit=1000');
    const rest = await feed(`limit=1000&after=${page.next}`);
    expect(new Set(idsOf({ events: [...page.events, ...rest.events] })).size).toBe(1_200);
    const versions = rest.events.map(({ id }) => Number(/@(\d+)/.exec(id)?.[1]));
    expect(versions).toEqual(Array.from({ length: 200 }, (_, index) => 401 + index));
  });

  test('a look at the end of the feed, which waiting readers repeat, is one trip and few rows', async () => {
    const look = async () => {
      const { next } = await feed('limit=1000');
      let trips = 0;
      faults.beforeTrip = () => {
        trips++;
      };
      const before = faults.rowsRead;
      expect((await feed(`after=${next}`)).events).toEqual([]);
      faults.beforeTrip = () => undefined;
      return [trips, faults.rowsRead - before];
    };
    await publishing.deliver(await work('read', 'a', 'b'));
    expect(await look()).toEqual([1, 9]);
    for (let pages = 0; pages < 5; pages++) await publishing.deliver(await work('read', 'a', 'b'));
    expect(await look()).toEqual([1, 9]);
  });
});

describe('PB11 personal data', () => {
  const NAME = 'Ann Canary-Name';

  test('is published sealed, and opened for readers with the grant of it alone', async () => {
    const data = { person: 'ann', name: NAME };
    const { status } = await publishing.post('/v1/commands/guest/g-1/RegisterGuest', data);
    expect(status).toBe(200);
    await publishing.deliver(keptMessages());
    const [page] = await rowsOf<{ body: string }>('SELECT body FROM publication_page');
    expect(page?.body).toContain('~1.ann.');
    expect(page?.body).not.toContain('Canary');
    const nameFor = async (role: string) => {
      const headers = { 'x-role': role };
      const at = { worker, env: publishing.env };
      const [read] = (await (await fetchFeed('/v1/publications/people', headers, at)).json()) as {
        data: unknown;
      }[];
      return read?.data;
    };
    expect(await nameFor('all')).toEqual({ person: 'ann', name: null });
    expect(await nameFor('host')).toEqual({ person: 'ann', name: NAME });
  });
});

test('PB12 the erasure of a tenant erases its feeds, and no other', async () => {
  await publishing.deliver(await work('erased', 'a', 'b'));
  await rowsOf(
    "INSERT INTO publication_page SELECT 'gone', publication, first, events, types, journal, published_at, tag, body FROM publication_page",
  );
  await rowsOf("INSERT INTO erasure (tenant, blanked) VALUES ('gone', 1)");
  let erased = await eraseSome(publishing.projector, 'gone');
  while (erased === 'more') erased = await eraseSome(publishing.projector, 'gone');
  await rowsOf("DELETE FROM erasure WHERE tenant = 'gone'");
  expect(erased).toMatchObject({ rows: 1 });
  expect(await rowsOf('SELECT tenant FROM publication_page')).toEqual([{ tenant: 'main' }]);
});
