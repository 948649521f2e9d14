/** The guarantees for readers of the journal during writes. */
import { createExecutionContext } from 'cloudflare:test';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { defineAggregate } from '../../core/aggregate/aggregate.ts';
import { accept } from '../../core/aggregate/decision.ts';
import { event, type StoredEvent } from '../../core/aggregate/event.ts';
import { defineApp } from '../../core/app.ts';
import {
  formatPosition,
  type JournalPosition,
  parsePosition,
} from '../../core/plan/journal-position.ts';
import { KnownHeads } from '../../worker/queries/known-heads.ts';
import v1 from '../controls/order-placed-v1.json' with { type: 'json' };
import { testApp } from './support/entry.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { deliver, env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { heldLedge } from './support/held-ledge.ts';
import { losePage, storeMany, storePages } from './support/journal-pages.ts';
import { forgetSessions, watchedDatabase, watchSessions } from './support/sessions.ts';

/** Cannot lift its own first events. */
const brittle = defineAggregate({
  name: 'brittle',
  events: {
    Made: event(z.strictObject({})).upcast(z.strictObject({ by: z.string() }), () => {
      throw new Error('secret');
    }),
  },
  commands: { Make: z.strictObject({}) },
  initialState: () => ({}),
  evolve: { Made: (state) => state },
  decide: { Make: () => accept() },
});

const sessions = watchSessions();
const database = watchedDatabase(env.DB, sessions);
const worker = heldLedge(defineApp({ ...testApp, aggregates: [...testApp.aggregates, brittle] }), {
  ...faultyPlatform,
  database: () => database,
});

useKeptQueue();
beforeEach(async () => {
  await env.DB.prepare('DELETE FROM journal_page').run();
  forgetSessions(sessions);
});

interface Entry {
  readonly position: number;
  readonly tenant: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly unreadable?: string;
}

interface Page {
  readonly events: Entry[];
  readonly after: number;
}

async function fetchFeed(query = '', init: RequestInit = {}): Promise<Response> {
  const request = new Request(`http://feed.test/v1/events?${query}`, init);
  return worker.fetch(request, env, createExecutionContext());
}

/** The position of a place in the journal, as the feed gives it. */
async function positionAt(place: number): Promise<string> {
  const [row] = await rowsOf<{ tag: string }>(
    'SELECT lower(hex(tag)) AS tag FROM journal_page WHERE first <= ?1 AND first + events > ?1',
    place,
  );
  return formatPosition({ epoch: 0, position: place, tag: row?.tag ?? 'ffffffff' });
}

/** The same page with places for positions, in the query as well. */
async function feed(query = ''): Promise<Page> {
  const [, after] = /\bafter=(\d+)/.exec(query) ?? [];
  const position = after === undefined ? '' : await positionAt(Number(after));
  return pageOf(await fetchFeed(query.replace(/\bafter=\d+/, `after=${position}`)));
}

async function pageOf(response: Response): Promise<Page> {
  expect(response.status).toBe(200);
  const page = answered.parse(await response.json());
  const events = page.events.map((event) => ({ ...event, position: placeOf(event.position) }));
  // What the schema leaves open is an entry of the feed.
  return { events: events as unknown as Entry[], after: placeOf(page.after) };
}

function placeOf(text: string): number {
  return parsePosition(text)?.position ?? Number.NaN;
}

const answered = z.strictObject({
  events: z.array(z.looseObject({ position: z.string() })),
  after: z.string(),
});

/** Everything that is there, page by page. */
async function all(query = ''): Promise<Entry[]> {
  const found: Entry[] = [];
  for (let after = -1, page = await feed(query); after < page.after; ) {
    found.push(...page.events);
    after = page.after;
    page = await feed(`${query}&after=${after}`);
  }
  return found;
}

async function work(id: string, times = 1): Promise<void> {
  for (let done = 0; done < times; done++) await send(`troublesome/${id}`, 'Work');
}

/** Each event as the page of a batch of its own. */
function store(events: readonly Partial<StoredEvent>[]): Promise<void> {
  return storePages(...events.map((event, index) => [{ version: index + 1, ...event }]));
}

/** Follows until `isOver` and nothing has come since. */
async function follow(query: string, isOver: () => boolean): Promise<Entry[]> {
  const seen: Entry[] = [];
  for (let after = 0; ; ) {
    const wasOver = isOver();
    const page = await feed(`${query}&limit=3&after=${after}`);
    if (page.after === after && wasOver) return seen;
    expect(page.after).toBeGreaterThanOrEqual(after);
    seen.push(...page.events);
    after = page.after;
    // Within one process nothing else would get its turn.
    await scheduler.wait(1);
  }
}

describe('J1 a reader gets every event, and those of a stream in order', () => {
  test.each(['', 'wait=1', 'type=Worked', 'aggregate=troublesome&wait=1'])(
    'with “%s”, under concurrent commands, deliveries and repeats',
    async (query) => {
      const ids = ['a', 'b', 'c', 'd'].map((id) => `${id}-${query.length}`);
      const messages: string[] = [];
      let isOver = false;
      const following = follow(query, () => isOver);
      try {
        for (let round = 0; round < 8; round++) {
          await Promise.all(ids.map((id) => work(id)));
          messages.push(...keptMessages());
          const late = messages.filter((_, index) => index % 3 !== round % 3);
          await Promise.all([deliver(late.toReversed()), deliver(late)]);
        }
        await deliver(messages);
      } finally {
        isOver = true;
      }
      const seen = await following;
      const positions = seen.map(({ position }) => position);
      expect(positions).toEqual(Array.from({ length: 32 }, (_, index) => index + 1));
      for (const id of ids) {
        const own = seen.filter(({ stream }) => stream === `troublesome/${id}`);
        expect(own.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
      }
    },
  );
});

test('J1 events written while a page is read are in the next one', async () => {
  await store([{}, {}, {}]);
  let looks = 0;
  sessions.beforePage = async () => {
    if (++looks === 2) await store([{}, {}]);
  };
  const page = await feed();
  const next = await feed(`after=${page.after}`);
  expect(looks).toBe(2);
  const positions = [...page.events, ...next.events].map(({ position }) => position);
  expect(positions).toEqual([1, 2, 3, 4, 5]);
});

test('J1 an event is answered as its stream answers it, with its position, in the newest schema version', async () => {
  const { body } = await send('product/read', 'RegisterProduct', { name: 'Chai', priceCents: 5 });
  await deliver(keptMessages());
  await store([
    {
      stream: 'order/old',
      type: 'OrderPlaced',
      schemaVersion: v1.schemaVersion,
      data: JSON.parse(v1.data),
    },
  ]);
  const [newest, old] = await all();
  expect([newest]).toEqual((body.events as object[]).map((one) => ({ position: 1, ...one })));
  const byPhone = { ...JSON.parse(v1.data), channel: 'phone' };
  expect(old).toMatchObject({ type: 'OrderPlaced', schemaVersion: 2, data: byPhone });
});

describe('J2 a page is bounded', () => {
  test('by its limit: a hundred by default', async () => {
    await store(Array.from({ length: 1_100 }, () => ({})));
    expect(await feed('limit=1')).toMatchObject({ events: [{ position: 1 }], after: 1 });
    expect((await feed()).events).toHaveLength(100);
    const most = await feed('limit=1000&after=50');
    expect([most.events.length, most.events[0]?.position, most.after]).toEqual([1_000, 51, 1_050]);
  });

  test('by the examined positions, and returns the last of them', async () => {
    await storeMany(200_000, 'main');
    await store([{ type: 'Broken' }, {}]);
    expect(await feed('type=Broken')).toEqual({ events: [], after: 200_000 });
    expect(await feed('type=Broken&after=0&wait=30')).toEqual({ events: [], after: 200_000 });
    expect(await feed('type=Broken&after=1')).toMatchObject({
      events: [{ position: 200_001 }],
      // Stored pages are examined whole: the last window reaches the end.
      after: 200_002,
    });
    expect(await feed('type=Broken&after=200001')).toEqual({ events: [], after: 200_002 });
  });

  test('by its bytes, and never so that nothing fits', async () => {
    const data = { note: 'é'.repeat(500_000) };
    for (let index = 0; index < 20; index++) await store([{ data }]);
    const page = await feed();
    expect([page.events.length, page.after]).toEqual([3, 3]);
    const positions = (await all()).map(({ position }) => position);
    expect(positions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  });

  test('and ends with an error where a position is missing, however far behind', async () => {
    await store([{}, {}, {}, {}, {}]);
    await losePage(3);
    expect((await feed('limit=2')).after).toBe(2);
    for (const query of ['', 'limit=3', 'type=Broken', 'wait=30']) {
      const response = await fetchFeed(query);
      expect(response.status).toBe(500);
      expect(await response.json()).toMatchObject({ type: '/problems/damaged' });
    }
    const past = await fetchFeed(`after=${await positionAt(2)}`);
    expect(await past.json()).toMatchObject({ type: '/problems/damaged' });
    expect((await feed('after=4')).after).toBe(5);
  });
});

describe('T22 a page holds as many events as without another tenant', () => {
  test('however many of its events are in between', async () => {
    await store([{}]);
    await storeMany(25_000, 'other');
    await store([{}]);
    await storeMany(11_000, 'other');
    await store([{}, {}]);
    const page = await feed('limit=3');
    expect(page).toMatchObject({
      events: [{ position: 1 }, { position: 25_002 }, { position: 36_003 }],
      after: 36_003,
    });
    expect((await feed('limit=3&type=Worked&after=25002')).events).toHaveLength(2);
  });

  test('and takes no more bytes', async () => {
    const data = { note: 'n'.repeat(1_500_000) };
    for (let index = 0; index < 2; index++) {
      await store([{ data }]);
      await storeMany(10_000, 'other');
      await store([{ data }]);
    }
    const positions = (await all()).map(({ position }) => position);
    expect((await feed()).events).toHaveLength(2);
    expect(positions).toEqual([1, 10_002, 10_003, 20_004]);
  });

  test('but is read up to a missing position, and no further', async () => {
    await store([{}]);
    await storeMany(10_000, 'other');
    await store([{}]);
    await losePage(10_001);
    expect(await feed()).toMatchObject({ events: [{ position: 1 }], after: 9_001 });
    expect((await fetchFeed(`after=${await positionAt(9_001)}`)).status).toBe(500);
  });
});

describe('J10 a position that was given before a restore of D1', () => {
  /** Restores D1 to `kept` events, and writes others at the positions of the lost ones. */
  async function restore(kept: number): Promise<void> {
    await rowsOf('DELETE FROM journal_page WHERE first > ?', kept);
    await store([{ stream: 'troublesome/other' }, { stream: 'troublesome/other' }]);
  }

  test('is answered with 410, without anything that an operator did', async () => {
    await store([{}, {}, {}, {}]);
    const [kept, lost, beyond] = await Promise.all([2, 3, 4].map(positionAt));
    await restore(2);
    for (const position of [lost, beyond]) {
      for (const query of [`after=${position}`, `after=${position}&wait=30&type=Broken`]) {
        const response = await fetchFeed(query);
        expect(response.status).toBe(410);
        const body = await response.json();
        expect(body).toMatchObject({ type: '/problems/restored' });
        expect(body).not.toHaveProperty('common');
      }
    }
    const page = await pageOf(await fetchFeed(`after=${kept}`));
    expect(page.events.map(({ stream }) => stream)).toEqual(Array(2).fill('troublesome/other'));
  });

  test('is answered with the newest common position where the restore is on record', async () => {
    await store([{}, {}, {}, {}]);
    const lost = await positionAt(4);
    await restore(2);
    await rowsOf("INSERT INTO epoch VALUES (1, 2, '2026-01-01T00:00:00.000Z')");
    const response = await fetchFeed(`after=${lost}`);
    const { common } = z.object({ common: z.string() }).parse(await response.json());
    expect([response.status, parsePosition(common)]).toMatchObject([
      410,
      { epoch: 1, position: 2 },
    ]);
    const page = await pageOf(await fetchFeed(`after=${common}`));
    expect(page).toMatchObject({ events: [{ position: 3 }, { position: 4 }], after: 4 });
    await rowsOf('DELETE FROM journal_page');
    await rowsOf("INSERT INTO epoch VALUES (2, 0, '2026-01-02T00:00:00.000Z')");
    const again = z.object({ common: z.string() });
    const { common: start } = again.parse(await (await fetchFeed(`after=${common}`)).json());
    expect(await pageOf(await fetchFeed(`after=${start}`))).toEqual({ events: [], after: 0 });
    await rowsOf('DELETE FROM epoch');
  });

  test('ends a wait that is under way', async () => {
    await store([{}, {}]);
    const waiting = fetchFeed(`wait=30&after=${await positionAt(2)}`);
    await scheduler.wait(100);
    await restore(0);
    expect((await waiting).status).toBe(410);
  });
});

test('J3 filters match as described, alone and combined', async () => {
  await fc.assert(
    fc.asyncProperty(
      someEntries,
      someFilters,
      fc.integer({ min: 1, max: 4 }),
      async (entries, filters, most) => {
        await env.DB.prepare('DELETE FROM journal_page').run();
        await storePages(...pagesOf(entries, most));
        const expected = entries.flatMap((entry, index) =>
          passes(entry, filters) ? [index + 1] : [],
        );
        const found = await all(`limit=2&${queryString(filters)}`);
        expect(found.map(({ position }) => position)).toEqual(expected);
      },
    ),
    { numRuns: 100 },
  );
});

/** Runs of one tenant, since a batch has a page for each. */
function pagesOf(entries: readonly Partial<StoredEvent>[], most: number): Partial<StoredEvent>[][] {
  const found: Partial<StoredEvent>[][] = [];
  for (const entry of entries) {
    const page = found.at(-1);
    if (page && page.length < most && page[0]?.tenant === entry.tenant) page.push(entry);
    else found.push([entry]);
  }
  return found;
}

const STREAMS = ['order/a', 'order/b', 'product/a', 'troublesome/a'] as const;
const TYPES = ['OrderPlaced', 'OrderConfirmed', 'Worked', 'Broken', 'StockReceived'] as const;

const someEntries = fc.array(
  fc.record({
    stream: fc.constantFrom(...STREAMS),
    type: fc.constantFrom(...TYPES),
    tenant: fc.constantFrom('main', 'main', 'other'),
    data: fc.constant({}),
  }),
  { maxLength: 12 },
);

const someFilters = fc.record(
  {
    type: fc.subarray([...TYPES], { minLength: 1 }),
    aggregate: fc.subarray(['order', 'product', 'troublesome'], { minLength: 1 }),
    stream: fc.constantFrom(...STREAMS).map((stream) => [stream]),
  },
  { requiredKeys: [] },
);

type Filters = Readonly<Record<string, readonly string[]>>;

function queryString(filters: Filters): string {
  return new URLSearchParams(
    Object.entries(filters).map(([name, values]) => [name, values.join()]),
  ).toString();
}

function passes({ stream, type, tenant }: Partial<StoredEvent>, filters: Filters): boolean {
  const cells: Record<string, string> = {
    type: `${type}`,
    stream: `${stream}`,
    aggregate: `${stream?.split('/')[0]}`,
  };
  const all = Object.entries(filters).every(([name, values]) => values.includes(cells[name] ?? ''));
  return all && tenant === 'main';
}

/** A wait of 30 s that is cut short, on however busy a machine. */
const WELL_BEFORE_30_S_MS = 15_000;

const LOOK_EVERY_MS_MIN = 200;

/** Waiting begins with a look, which may come late. */
function looked(times: number): Promise<unknown> {
  return vi.waitUntil(() => sessions.opened.length >= times, { timeout: 10_000 });
}

describe('J4 a waiting reader', () => {
  test('gets new events soon after they arrive', async () => {
    const waiting = feed('wait=30');
    await looked(1);
    await work('awaited');
    await deliver(keptMessages());
    const looks = sessions.opened.length;
    expect(await waiting).toMatchObject({ events: [{ stream: 'troublesome/awaited' }], after: 1 });
    // The next look sees it; one may have been under way.
    expect(sessions.opened.length).toBeLessThanOrEqual(looks + 2);
  });

  test('is not woken by events that do not match, or of another tenant', async () => {
    await store([{}]);
    const waiting = feed('wait=2&type=Broken');
    await scheduler.wait(100);
    await store([{}, { type: 'Broken', tenant: 'other' }]);
    expect(await waiting).toEqual({ events: [], after: 3 });
  });

  test('is answered with nothing when the time is over, by the platform’s clock', async () => {
    const startMs = Date.now();
    expect(await feed('wait=1')).toEqual({ events: [], after: 0 });
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(990);
    const looks = sessions.opened.length;
    const waiting = feed('wait=30');
    await looked(looks + 1);
    faults.clockSkewMs = 30_000;
    expect(await waiting).toEqual({ events: [], after: 0 });
    expect(Date.now() - startMs).toBeLessThan(WELL_BEFORE_30_S_MS);
  });

  test('does not wait where there is something', async () => {
    await store([{}]);
    const startMs = Date.now();
    expect((await feed('wait=30')).events).toHaveLength(1);
    expect(Date.now() - startMs).toBeLessThan(WELL_BEFORE_30_S_MS);
  });

  test('costs a periodic read of the primary, and none after it has disconnected', async () => {
    const leaving = new AbortController();
    const startMs = Date.now();
    const waiting = fetchFeed('wait=30', { signal: leaving.signal });
    await looked(3);
    leaving.abort();
    await waiting.catch(() => undefined);
    const looks = sessions.opened.length;
    expect(looks).toBeLessThanOrEqual(1 + (Date.now() - startMs) / LOOK_EVERY_MS_MIN);
    expect(new Set(sessions.opened.map(({ start }) => start))).toEqual(new Set(['first-primary']));
    await scheduler.wait(1_100);
    expect(sessions.opened.length).toBeLessThanOrEqual(looks + 1);
  });
});

describe('J17 readers that wait in one isolate', () => {
  test('share the reads of the journal’s end, and all get what comes', async () => {
    const readers = 40;
    const startMs = Date.now();
    const waiting = Array.from({ length: readers }, () => feed('wait=30'));
    await looked(readers);
    await scheduler.wait(3_000);
    const shared = sessions.opened.length - readers;
    // Two for each shortest pause, and what was under way.
    expect(shared).toBeGreaterThan(0);
    expect(shared).toBeLessThanOrEqual((2 * (Date.now() - startMs)) / LOOK_EVERY_MS_MIN + 10);
    await work('shared');
    await deliver(keptMessages());
    const storedMs = Date.now();
    const pages = await Promise.all(waiting);
    expect(pages.map(({ after }) => after)).toEqual(pages.map(() => 1));
    expect(Date.now() - storedMs).toBeLessThan(WELL_BEFORE_30_S_MS);
  });

  test('a reader that is behind the known end, or of another epoch, reads on its own', async () => {
    let nowMs = 1_000;
    const heads = new KnownHeads(() => nowMs);
    const at = (position: number, epoch = 0) => ({ epoch, position, tag: 'ffffffff' });
    const asks = async (after: JournalPosition, end?: JournalPosition) => {
      const answer = await heads.unlessKnown(
        ...([env.DB, after, 100, async () => 'asked', () => end] as const),
      );
      return answer === 'asked';
    };
    expect(await asks(at(10), at(10))).toBe(true);
    expect(await asks(at(10))).toBe(false);
    expect(await asks(at(12))).toBe(false);
    expect(await asks(at(9), at(10))).toBe(true);
    expect(await asks(at(10, 1), at(10))).toBe(true);
    nowMs += 100;
    // It finds events, so the next one asks, too.
    expect(await asks(at(10))).toBe(true);
    expect(await asks(at(10), at(11))).toBe(true);
    expect(await asks(at(11))).toBe(false);
  });

  test('a read that fails keeps no other reader from asking', async () => {
    const heads = new KnownHeads(() => 1_000);
    const after = { epoch: 0, position: 1, tag: 'ffffffff' };
    const fails = () => Promise.reject(new Error('D1 is away'));
    const failing = heads.unlessKnown(env.DB, after, 100, fails, () => after);
    await expect(failing).rejects.toThrow('D1 is away');
    const asked = heads.unlessKnown(
      env.DB,
      after,
      100,
      async () => 'asked',
      () => after,
    );
    expect(await asked).toBe('asked');
  });
});

describe('J5 an event that the app cannot read does not hold back the others', () => {
  test.each([
    ['a type that is not defined', { type: 'Vanished' }, 'Event type Vanished is not defined'],
    ['a newer schema version', { schemaVersion: 9 }, 'schema version 9'],
    ['an aggregate that is not defined', { stream: 'vanished/v-1' }, 'No aggregate is defined'],
    ['an upcaster that throws', { stream: 'brittle/b-1', type: 'Made', data: {} }, 'lifted'],
  ])('%s', async (_what, row, reason) => {
    await store([{ stream: 'troublesome/before' }, row, { stream: 'troublesome/after' }]);
    const { events, after } = await feed();
    expect(after).toBe(3);
    expect(events[1]).toMatchObject(row);
    expect(events[1]?.unreadable).toContain(reason);
    expect(JSON.stringify(events)).not.toContain('secret');
    expect(events.map((one) => 'unreadable' in one)).toEqual([false, true, false]);
  });
});

test('J6 tenants do not meet', async () => {
  await store([{ tenant: 'other' }, { tenant: 'Main' }, {}, { tenant: 'main ' }]);
  expect(await feed()).toMatchObject({ events: [{ position: 3, tenant: 'main' }], after: 4 });
  const queries = [
    'stream=troublesome/old',
    'aggregate=troublesome',
    'type=Worked',
    'after=3',
    'limit=1',
  ];
  for (const query of queries) {
    for (const { tenant } of (await feed(query)).events) expect(tenant).toBe('main');
  }
  expect((await fetchFeed('tenant=other')).status).toBe(400);
});

test('J7 the link leads to the next page', async () => {
  await store([{}, {}, {}]);
  const first = await fetchFeed('limit=2&type=Worked&wait=0');
  const link = first.headers.get('link') ?? '';
  const after = await positionAt(2);
  expect(link).toBe(`</v1/events?limit=2&type=Worked&wait=0&after=${after}>; rel="next"`);
  const [, path = ''] = /<(.*)>/.exec(link) ?? [];
  const next = await pageOf(await fetchFeed(path.split('?')[1]));
  expect(next).toMatchObject({ events: [{ position: 3 }], after: 3 });
});

describe('J8 an invalid parameter is refused by its name', () => {
  test.each([
    ...['-1', '', '0', '5', 'first', 'a0-5', 'b0-5-00000000', 'a0-5-00000000 '].map((text) => [
      'after',
      text,
    ]),
    ...['0', '1001', '-1', '', '1e2', 'all'].map((text) => ['limit', text]),
    ...['31', '-1', '', '0.5', '1e1', 'long'].map((text) => ['wait', text]),
    ...['', 'Vanished', 'worked', 'Worked,', 'Worked, Broken', 'constructor'].map((text) => [
      'type',
      text,
    ]),
    ...['', 'vanished', 'Order', 'order,', '__proto__', 'order,vanished'].map((text) => [
      'aggregate',
      text,
    ]),
    ...['', 'order', 'order/', 'vanished/v-1', 'order/a/b', 'main/order/a', 'order/a,order/b'].map(
      (text) => ['stream', text],
    ),
    ['since', '1'],
    ['tenant', 'other'],
    ['cursor', 'x'],
    ['direction', 'backwards'],
    ['type.in', 'Worked'],
  ])('%s=%s', async (name, text) => {
    const startMs = Date.now();
    const sent = new URLSearchParams({ wait: '30', [name]: text });
    const response = await fetchFeed(sent.toString());
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const { errors } = z
      .object({ errors: z.array(z.object({ at: z.string() })) })
      .parse(await response.json());
    expect(errors.map(({ at }) => at.split('.')[0])).toContain(name.split('.')[0]);
    expect(sessions.opened).toEqual([]);
    expect(Date.now() - startMs).toBeLessThan(WELL_BEFORE_30_S_MS);
  });

  test.each(['after', 'limit', 'wait', 'type', 'stream'])('%s twice', async (name) => {
    const response = await fetchFeed(`${name}=1&${name}=1`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ at: name }] });
  });
});
