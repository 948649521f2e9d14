/** The journal as pages: what is written, and what a reader examines. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { JOURNAL_START, type JournalPosition } from '../../core/plan/journal-position.ts';
import { readJournal } from '../../worker/journal/read-journal.ts';
import { type JournalFilters, readJournalPage } from '../../worker/queries/journal-page.ts';
import { beginEpoch } from '../../worker/restore/begin-epoch.ts';
import { databaseState, listNewerStreams } from '../../worker/restore/list-streams.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { losePage, pages, storePages } from './support/journal-pages.ts';

const server = deployment(testApp);

useKeptQueue();
beforeEach(async () => {
  for (const table of ['journal_page', 'checkpoint', 'epoch']) await rowsOf(`DELETE FROM ${table}`);
});

function events(count: number, one: Partial<StoredEvent> = {}): Partial<StoredEvent>[] {
  return Array.from({ length: count }, () => one);
}

/** With a body of about this many bytes. */
function sized(bytes: number): Partial<StoredEvent> {
  return { data: { note: 'x'.repeat(bytes) } };
}

interface Cost {
  rowsRead: number;
}

const store = { name: 'DB', database: env.DB, bucket: undefined };

/** The real database, with the rows that its reads are billed for. */
function counting(cost: Cost): D1Database {
  const batch = async (statements: D1PreparedStatement[]) => {
    const results = await env.DB.batch(statements);
    for (const { meta } of results) cost.rowsRead += meta.rows_read;
    return results;
  };
  // What a page of the feed calls.
  return {
    prepare: (sql: string) => env.DB.prepare(sql),
    withSession: () => ({ batch }),
  } as unknown as D1Database;
}

async function feedOf(
  from: JournalPosition,
  limit: number,
  filters: JournalFilters = {},
  cost: Cost = { rowsRead: 0 },
) {
  const page = await readJournalPage(
    { ...store, database: counting(cost) },
    'main',
    from,
    limit,
    filters,
  );
  if (!('events' in page)) throw new Error(JSON.stringify(page));
  return page;
}

async function at(position: number, epoch = 0): Promise<JournalPosition> {
  const [row] = await rowsOf<{ tag: string }>(
    'SELECT lower(hex(tag)) AS tag FROM journal WHERE position = ?',
    position,
  );
  return { epoch, position, tag: row?.tag ?? '' };
}

describe('J11 a batch appends one page for each tenant', () => {
  test('in the order of its events, with dense positions', async () => {
    await storePages([{ version: 7 }]);
    await storePages(['a', 'b', 'a', 'c', 'b', 'a'].map((tenant) => ({ tenant })));
    expect(await pages()).toEqual([
      [1, 1],
      [2, 3],
      [5, 2],
      [7, 1],
    ]);
    const rows = await rowsOf('SELECT position, tenant, version FROM journal ORDER BY position');
    expect(rows).toEqual(
      [
        [1, 'main', 7],
        ...[2, 3, 4].map((position, index) => [position, 'a', [1, 3, 6][index]]),
        ...[5, 6].map((position, index) => [position, 'b', [2, 5][index]]),
        [7, 'c', 4],
      ].map(([position, tenant, version]) => ({ position, tenant, version })),
    );
  });

  test.each([
    ['a thousand small events', events(1_000, sized(20)), [1_000]],
    ['one more', events(1_001), [1_000, 1]],
    ['an event of 1 MB between small ones', [{}, sized(1_000_000), {}, {}], [1, 1, 2]],
    ['events that fill a page by their bytes', events(10, sized(300_000)), [3, 3, 3, 1]],
    ['texts of three bytes a letter', events(4, { data: { note: '界'.repeat(160_000) } }), [2, 2]],
  ])('of at most 1,000 events and 1 MB, or one event: %s', async (_what, batch, counts) => {
    await storePages(batch);
    expect((await pages()).map(([, count]) => count)).toEqual(counts);
    const whole = await rowsOf<{ n: number }>(
      'SELECT count(*) AS n FROM journal_page WHERE json_array_length(body) = events',
    );
    expect(whole).toEqual([{ n: counts.length }]);
  });

  test('an event keeps its bytes', async () => {
    const data = {
      text: '\u2028 \ud83d\ude00 \\ " \u0000',
      number: 1.5e300,
      whole: 2 ** 53,
      deep: [[[{}]]],
    };
    await storePages([{ data }, { data: { note: '' } }]);
    const [stored] = await rowsOf<{ data: string }>('SELECT data FROM journal WHERE position = 1');
    expect(stored?.data).toBe(JSON.stringify(data));
    const { events: read } = await readJournal(store, 0, 10);
    expect(read[0]?.data).toEqual(data);
  });

  test('batches that race get one position after the other, and one that lost its race none', async () => {
    const streams = ['a', 'b', 'c', 'd'].map((id) => `troublesome/race-${id}` as const);
    for (const stream of streams) await send(stream, 'Work');
    const messages = keptMessages();
    const [one = [], other = []] = [messages.slice(0, 2), messages.slice(2)];
    await Promise.all([one, other, one, other, messages].map((some) => server.deliver(some)));
    await server.deliver(messages);
    const rows = await rowsOf<{ stream: string }>('SELECT * FROM journal ORDER BY position');
    expect(rows.map(({ stream }) => stream).toSorted()).toEqual(streams);
    const [{ last } = { last: 0 }] = await rowsOf<{ last: number }>(
      'SELECT max(first + events) - 1 AS last FROM journal_page',
    );
    expect(last).toBe(streams.length);
  });
});

describe('J12 a reader continues from any position of a page', () => {
  test.each([
    [0, 2, [1, 2], 2],
    [1, 10, [2, 3, 4, 5, 6, 7, 8, 9, 10], 10],
    [2, 1, [3], 3],
    [3, 3, [4, 5, 6], 6],
    [7, 100, [8, 9, 10], 10],
    [10, 100, [], 10],
  ])('the feed and a build, after %i with a limit of %i', async (after, limit, found, end) => {
    await storePages(events(3), events(4), events(1), events(2));
    const from = after === 0 ? JOURNAL_START : await at(after);
    const page = await feedOf(from, limit);
    expect(page.events.map(({ position }) => position)).toEqual(found);
    expect(page.after).toEqual(await at(end));
    const built = await readJournal(store, after, limit);
    expect(built.events.map(({ position }) => position)).toEqual(found);
    expect(built.missing).toBeUndefined();
    if (found.length > 0) expect(built.end).toEqual({ position: end, tag: (await at(end)).tag });
  });

  test('past the page of another tenant, and of an erased one', async () => {
    await storePages(events(2), events(3, { tenant: 'other' }), events(2));
    await rowsOf("UPDATE journal_page SET tenant = '', types = '[]' WHERE tenant = 'other'");
    const page = await feedOf(await at(1), 2);
    expect(page.events.map(({ position }) => position)).toEqual([2, 6]);
    expect((await feedOf(await at(2), 1)).events).toMatchObject([{ position: 6 }]);
    expect((await readJournal(store, 1, 100)).events).toHaveLength(6);
  });

  test('and fails at a missing page, wherever it is', async () => {
    for (const [lost, missing] of [
      [1, 1],
      [4, 3],
    ] as const) {
      await rowsOf('DELETE FROM journal_page');
      await storePages(events(2), events(3), events(2));
      await losePage(lost);
      const page = await readJournalPage(store, 'main', JOURNAL_START, 100, {});
      expect(page).toEqual({ hole: [0, 7] });
      expect((await readJournal(store, missing - 1, 100)).missing).toBe(missing);
      expect((await readJournal(store, 0, 100)).events).toHaveLength(missing - 1);
    }
  });

  test('and fails at an event that its page lacks', async () => {
    await storePages(events(3), events(2));
    await rowsOf("UPDATE journal_page SET body = json_remove(body, '$[2]') WHERE first = 1");
    expect(await readJournal(store, 0, 100)).toMatchObject({ missing: 3, events: [{}, {}] });
    expect(await readJournal(store, 2, 100)).toMatchObject({ missing: 3, events: [] });
  });
});

describe('J13 a page is read where it can match', () => {
  test('a follower at the end reads no event, however many the newest page has', async () => {
    await storePages(events(1));
    const [lone, full] = [{ rowsRead: 0 }, { rowsRead: 0 }];
    await feedOf(await at(1), 100, {}, lone);
    await storePages(events(1_000));
    expect((await feedOf(await at(1_001), 100, {}, full)).events).toEqual([]);
    expect(full.rowsRead).toBe(lone.rowsRead);
  });

  test('a page without an event of the type or the aggregate is not opened', async () => {
    for (let index = 0; index < 9; index++) await storePages(events(1_000));
    await storePages([{ stream: 'order/o-1', type: 'OrderPlaced' }]);
    for (const filters of [
      { type: ['OrderPlaced'] },
      { aggregate: ['order'] },
      { stream: 'order/o-1' },
    ]) {
      const cost = { rowsRead: 0 };
      const { events: found } = await feedOf(JOURNAL_START, 100, filters, cost);
      expect(found.map(({ position }) => position)).toEqual([9_001]);
      expect(cost.rowsRead).toBeLessThan(100);
    }
  });

  test('a page of the feed reads no more pages than its limit needs', async () => {
    for (let index = 0; index < 5; index++) {
      await storePages(...Array.from({ length: 1_000 }, () => events(1)));
    }
    const cost = { rowsRead: 0 };
    expect((await feedOf(JOURNAL_START, 10, {}, cost)).after.position).toBe(10);
    // Some thirty for each of eleven pages, of five thousand.
    expect(cost.rowsRead).toBeLessThan(400);
  });
});

describe('J14 a restore that takes the newest page away', () => {
  test('makes each of its positions unknown, and the end of the page before common', async () => {
    await storePages(events(3), events(4));
    const { anchors } = await databaseState(env.DB);
    expect(anchors.map(({ position }) => position)).toEqual([7, 3]);
    const lost = [await at(4), await at(6), await at(7)];
    const kept = await at(2);
    await losePage(7);
    await storePages(events(5, { stream: 'troublesome/other' }));
    const { common } = await beginEpoch(server.projector, { epoch: 0, revision: 0, anchors });
    expect(common).toBe(3);
    for (const position of lost) {
      const page = await readJournalPage(store, 'main', position, 10, {});
      expect(page).toEqual({ common: await at(3, 1) });
    }
    expect((await feedOf(kept, 10)).events.map(({ position }) => position)).toEqual([
      ...[3, 4, 5, 6, 7, 8],
    ]);
  });

  test('lists the streams of the positions after it, also those in the middle of a page', async () => {
    const named = (name: string) => ({ stream: `troublesome/${name}` });
    await storePages([named('a'), named('b'), named('c')], [named('d')]);
    const { streams, after, done } = await listNewerStreams(store, 1);
    expect(streams.map(({ stream }) => stream.slice('troublesome/'.length))).toEqual([
      ...['b', 'c', 'd'],
    ]);
    expect([after, done]).toEqual([4, true]);
  });
});
