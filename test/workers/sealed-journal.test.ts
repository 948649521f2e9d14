/** The journal's older part in R2: what is sealed, that it reads as before, and what goes wrong. */
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { JOURNAL_START, type JournalPosition } from '../../core/plan/journal-position.ts';
import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import type { JournalStore } from '../../worker/journal/journal-store.ts';
import type { TaggedEvent } from '../../worker/journal/page-event.ts';
import { HEAD } from '../../worker/journal/page-sql.ts';
import { readJournal } from '../../worker/journal/read-journal.ts';
import { SEAL_LIMITS, sealJournal } from '../../worker/journal/seal-journal.ts';
import { UnreachableBucket } from '../../worker/journal/segment-object.ts';
import { deleteUnnamed } from '../../worker/journal/unnamed-objects.ts';
import { readFilledPage } from '../../worker/queries/filled-page.ts';
import { type JournalFilters, readJournalPage } from '../../worker/queries/journal-page.ts';
import { beginEpoch } from '../../worker/restore/begin-epoch.ts';
import { databaseState, listNewerStreams } from '../../worker/restore/list-streams.ts';
import { eraseSome } from '../../worker/tenants/erase-tenant.ts';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults, faultyDatabase } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { pages, storeMany, storePages } from './support/journal-pages.ts';
import {
  bucket,
  emptyJournal,
  linesOf,
  objects,
  seal,
  segments,
  store,
  watchedBucket,
} from './support/sealed-journal.ts';
import { databaseText } from './support/stored-text.ts';
import { appWith, createWorks, works } from './support/works.ts';

const DAY_MS = 86_400_000;

const server = deployment(testApp);
const builder = deployment(appWith(works(1)));
const rebuilder = deployment(appWith(works(2, 'mended')));

useKeptQueue();
beforeAll(async () => {
  for (const version of [1, 2]) await createWorks(version);
});
beforeEach(emptyJournal);
beforeEach(async () => {
  const tables = ['generation', 'serving_set', 'dead_letter', 'works_v1', 'works_v2', 'erasure'];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

function events(count: number, one: Partial<StoredEvent> = {}): Partial<StoredEvent>[] {
  return Array.from({ length: count }, () => one);
}

/** With the faults in front of the database. */
const troubled: JournalStore = { ...store, database: faultyDatabase(env.DB) };

/** Each event with its tag, in the journal's order, as pages have them. */
async function tagged(): Promise<TaggedEvent[]> {
  const rows = await rowsOf<Record<string, string | number>>(
    `SELECT position, tenant, stream, version, id, type, schema_version AS schemaVersion, data,
       recorded_at AS recordedAt, occurred_at AS occurredAt, metadata, lower(hex(tag)) AS tag
     FROM journal ORDER BY position`,
  );
  return rows.map(({ data, metadata, ...row }) => ({
    ...row,
    data: JSON.parse(String(data)),
    metadata: JSON.parse(String(metadata)),
  })) as unknown as TaggedEvent[]; // what `storePages` has written
}

function positionOf(all: readonly TaggedEvent[], position: number): JournalPosition {
  if (position === 0) return JOURNAL_START;
  return { epoch: 0, position, tag: all[position - 1]?.tag ?? '' };
}

/** Page after page to the end, which ends by itself. */
async function readAll(after: number, limit: number, journal = store) {
  const read: JournalEvent[] = [];
  for (let at = after; ; ) {
    const page = await readJournal(journal, at, limit);
    expect(page.missing).toBeUndefined();
    read.push(...page.events);
    at = page.events.at(-1)?.position ?? at;
    if (at >= page.head) return read;
    expect(page.events).not.toEqual([]);
  }
}

async function followAll(from: JournalPosition, limit: number, filters: JournalFilters = {}) {
  const read: TaggedEvent[] = [];
  for (let at = from; ; ) {
    const page = await readFilledPage(store, 'main', at, limit, filters);
    if (!('events' in page)) throw new Error(JSON.stringify(page));
    read.push(...page.events);
    if (page.isEnd && page.events.length === 0) return read;
    at = page.after;
  }
}

const byPosition = { epoch: 0, revision: 0 };

describe('SE1 what lies too far behind the head is sealed', () => {
  test('in whole segments of whole pages, and never the newest page', async () => {
    await storePages(events(3), events(4, { tenant: 'other' }), events(1), events(2), events(5));
    const all = await tagged();
    expect(await seal(7)).toEqual({ segments: 2, events: 10 });
    expect((await segments()).map(({ first, last }) => [first, last])).toEqual([
      [1, 7],
      [8, 10],
    ]);
    expect(await pages()).toEqual([[11, 5]]);
    expect(await rowsOf(`SELECT ${HEAD} AS head`)).toEqual([{ head: 15 }]);
    expect(await seal(1)).toEqual({ segments: 0, events: 0 });
    for (const { first, last, object } of await segments()) {
      expect(object).toMatch(new RegExp(`^DB/0/${first}-${last}-[0-9a-f]{64}$`));
      expect(await linesOf(object)).toEqual(all.slice(first - 1, last));
    }
    expect(await rowsOf('SELECT * FROM unnamed_object')).toEqual([]);
    await storePages(events(1));
    expect((await readJournal(store, 15, 10)).events).toMatchObject([{ position: 16 }]);
  });

  test('a page that is larger than a segment is one', async () => {
    await storePages(events(9), events(4), events(1));
    await seal(4);
    expect((await segments()).map(({ last }) => last)).toEqual([9, 13]);
  });

  test('once 200,000 positions and a segment lie behind, by the cron, or 50 MB once an hour', async () => {
    const { keptPositions, segmentPositions, keptBytes, segmentsMax } = SEAL_LIMITS;
    expect([keptPositions, segmentPositions, keptBytes, segmentsMax]).toEqual([
      ...[200_000, 5_000, 50_000_000, 20],
    ]);
    await storeMany(204_000, 'main');
    const tick = (scheduledTime: number) =>
      server.worker.scheduled({ scheduledTime, cron: '', noRetry: () => undefined }, server.env);
    await tick(61_000);
    expect(await segments()).toEqual([]);
    await storeMany(2_000, 'main');
    await tick(61_000);
    expect((await segments()).map(({ last }) => last)).toEqual([5_000]);

    await storePages(
      ...Array.from({ length: 4 }, () => events(20, { data: { note: 'x'.repeat(999_000) } })),
    );
    await tick(61_000);
    expect(await segments()).toHaveLength(1);
    await tick(3_600_000);
    // Each tick as much as it may; the rest with the next ones.
    expect(await segments()).toHaveLength(21);
  });
});

describe('SE2 what is sealed reads as it did in pages', () => {
  const sizes = fc.array(
    fc.record({
      events: fc.integer({ min: 1, max: 6 }),
      tenant: fc.constantFrom('main', 'main', 'b'),
    }),
    { minLength: 2, maxLength: 6 },
  );

  test('by the feed and by builds, from every position, wherever pages and segments end', async () => {
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 7 }),
        async (batches, segmentPositions, segmentsMax, limit) => {
          await emptyJournal();
          await storePages(
            ...batches.map(({ events: count, tenant }, batch) =>
              Array.from({ length: count }, (_, index) => ({
                ...{
                  tenant,
                  stream: `troublesome/s-${batch % 3}`,
                  version: batch * 10 + index + 1,
                },
                type: index % 2 === 0 ? 'Worked' : 'Broken',
              })),
            ),
          );
          const all = await tagged();
          await seal(segmentPositions, { segmentsMax });
          const ends = (await segments()).flatMap(({ last }) => [last - 1, last, last + 1]);
          const places = new Set([0, 1, ...ends, all.length - 1, all.length]);
          for (const after of places) {
            const rest = all.slice(after);
            const untagged = rest.map(({ tag: _tag, ...event }) => event);
            expect(await readAll(after, limit)).toEqual(untagged);
            const own = rest.filter(({ tenant }) => tenant === 'main');
            const from = positionOf(all, after);
            expect(await followAll(from, limit)).toEqual(own);
            expect(await followAll(from, limit, { type: ['Broken'] })).toEqual(
              own.filter(({ type }) => type === 'Broken'),
            );
            expect(await followAll(from, limit, { stream: 'troublesome/s-1' })).toEqual(
              own.filter(({ stream }) => stream === 'troublesome/s-1'),
            );
            expect(await followAll(from, limit, { aggregate: ['order'] })).toEqual([]);
          }
        },
      ),
      { numRuns: 6 * env.LEDGE_SCALE, ...(env.LEDGE_SEED !== null && { seed: env.LEDGE_SEED }) },
    );
  });

  test('by a build, which is complete, and by a verification, which finds nothing', async () => {
    for (let round = 0; round < 6; round++) {
      for (const id of ['a', 'b'])
        await send(`troublesome/se2-${id}`, 'Work', { note: `${round}` });
      await builder.deliver(keptMessages());
    }
    const rows = await rowsOf('SELECT id, notes, last FROM works_v1 ORDER BY id');
    expect(rows).toEqual(['a', 'b'].map((id) => ({ id: `se2-${id}`, notes: 6, last: '5' })));
    await seal(4, { segmentsMax: 2 });
    expect(await segments()).toHaveLength(2);
    await rebuilder.get('/v1/projections/works');
    await rebuilder.buildAll('works');
    expect(await rowsOf('SELECT id, notes, last FROM works_v2 ORDER BY id')).toEqual(rows);
    const { body } = await rebuilder.get('/v1/projections/works');
    expect(body).toMatchObject({ state: 'live', serving: 2, version: 2 });
    expect(await verified()).toEqual({ checked: 12, differences: [] });
  });

  test('a position inside a segment that was given with another tag is answered as restored', async () => {
    await storePages(events(2), events(2), events(2));
    await seal(4);
    const tag = 'ffffffff';
    for (const position of [1, 2, 3, 4, 5]) {
      const page = await readJournalPage(store, 'main', { epoch: 0, position, tag }, 10, {});
      expect(page).toEqual({});
    }
  });

  test('the lag of a build whose next event is sealed has its age', async () => {
    for (const note of ['a', 'b', 'c']) {
      await send('troublesome/se2-lag', 'Work', { note });
      await builder.deliver(keptMessages());
    }
    await seal(1);
    const { body } = await rebuilder.get('/v1/projections/works');
    faults.clockSkewMs += 60_000;
    const later = await rebuilder.get('/v1/projections/works');
    expect(body).toMatchObject({ generations: [{}, { state: 'catching-up' }] });
    expect(lagOf(later.body)).toBeGreaterThanOrEqual(60);
  });
});

function lagOf({ generations }: Record<string, unknown>): number {
  const [, next] = generations as { lag: { seconds: number } }[];
  return next?.lag.seconds ?? 0;
}

async function verified() {
  const found: unknown[] = [];
  let checked = 0;
  for (let after: unknown, done: unknown = false; done !== true; ) {
    const { body } = await builder.post('/v1/verify', {
      limit: 5,
      ...(after !== undefined && { after }),
    });
    found.push(...(body.differences as unknown[]));
    checked += Number(body.checked);
    ({ after, done } = body);
  }
  return { checked, differences: found };
}

describe('SE3 a sealing that is interrupted', () => {
  test('before its batch leaves an object, which the next one uses', async () => {
    await storePages(events(3), events(3), events(1));
    const all = await tagged();
    faults.beforeBatch = () => {
      throw new Error('Network connection lost.');
    };
    await expect(seal(3, {}, troubled)).rejects.toThrow('Network connection lost');
    expect(await segments()).toEqual([]);
    expect(await tagged()).toEqual(all);
    const [orphan = ''] = await objects();
    expect(await rowsOf('SELECT object, deleting FROM unnamed_object')).toEqual([
      { object: orphan, deleting: 0 },
    ]);
    faults.beforeBatch = () => undefined;
    const { calls, bucket: watched } = watchedBucket();
    await seal(3, { segmentsMax: 1 }, { ...troubled, bucket: watched });
    // It is there, and compared.
    expect(calls).toEqual(['put', 'get']);
    expect(await segments()).toMatchObject([{ object: orphan }]);
    expect(await objects()).toEqual([orphan]);
    expect(await rowsOf('SELECT * FROM unnamed_object')).toEqual([]);
  });

  test('after its batch is done', async () => {
    await storePages(events(3), events(3), events(1));
    faults.afterBatch = () => {
      throw new Error('Network connection lost.');
    };
    await expect(seal(3, {}, troubled)).rejects.toThrow('Network connection lost');
    faults.afterBatch = () => undefined;
    await seal(3, {}, troubled);
    expect((await segments()).map(({ last }) => last)).toEqual([3, 6]);
    expect((await readAll(0, 10)).map(({ position }) => position)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test('does not adopt what another has put under its name', async () => {
    await storePages(events(3), events(1));
    faults.beforeBatch = () => {
      throw new Error('Network connection lost.');
    };
    await expect(seal(3, {}, troubled)).rejects.toThrow();
    const [orphan = ''] = await objects();
    await bucket.put(orphan, 'something else');
    faults.beforeBatch = () => undefined;
    await expect(seal(3, {}, troubled)).rejects.toThrow(`${orphan} has another digest`);
    expect(await pages()).toEqual([
      [1, 3],
      [4, 1],
    ]);
  });
});

describe('SE4 of two that race one wins', () => {
  test('two sealers seal each page once', async () => {
    await storePages(...Array.from({ length: 9 }, () => events(2)));
    const all = await tagged();
    const sealings = await Promise.all([seal(4), seal(4), seal(6)]);
    while ((await seal(4)).segments > 0);
    expect(sealings.reduce((sum, one) => sum + one.events, 0)).toBeLessThanOrEqual(16);
    const found = await segments();
    expect(found.map(({ first }) => first)).toEqual([
      1,
      ...found.slice(0, -1).map(({ last }) => last + 1),
    ]);
    expect(await readAll(0, 100)).toEqual(all.map(({ tag: _tag, ...event }) => event));
  });

  test('a sealing of blank pages loses to another one of fewer', async () => {
    await storePages(events(2), events(2), events(1));
    await rowsOf("UPDATE journal_page SET tenant = '', types = '[]'");
    faults.beforeBatch = async () => {
      await seal(2, { segmentsMax: 1 });
    };
    expect(await seal(4, {}, troubled)).toEqual({ segments: 0, events: 0 });
    expect(await segments()).toMatchObject([{ first: 1, last: 2 }]);
  });

  test.each([
    [
      'an erasure that blanks a page',
      () => rowsOf("UPDATE journal_page SET tenant = '', types = '[]' WHERE first = 3"),
    ],
    [
      'a restore that brings other pages',
      () => rowsOf('UPDATE journal_page SET tag = randomblob(4) WHERE first = 3'),
    ],
    ['a restore that takes pages away', () => rowsOf('DELETE FROM journal_page WHERE first > 1')],
    ['the deletion of its object', () => rowsOf('UPDATE unnamed_object SET deleting = 1')],
  ])('a sealing loses to %s', async (_what, meanwhile) => {
    await storePages(events(2), events(2), events(1));
    faults.beforeBatch = async () => {
      await meanwhile();
    };
    expect(await seal(4, {}, troubled)).toEqual({ segments: 0, events: 0 });
    expect(await segments()).toEqual([]);
    expect((await pages())[0]).toEqual([1, 2]);
  });
});

describe('SE5 damage is an error that names the object, and never skipped', () => {
  let runs = 0;

  beforeEach(async () => {
    runs++;
    for (let round = 0; round < 6; round++) {
      await send(`troublesome/se5-${runs}`, 'Work', { note: `${round}` });
      await builder.deliver(keptMessages());
    }
    await seal(2);
  });

  async function damage(how: 'missing' | 'changed'): Promise<string> {
    const [, { object } = { object: '' }] = await segments();
    if (how === 'missing') await bucket.delete(object);
    else await bucket.put(object, (await linesOf(object)).slice(1).join('\n'));
    return object;
  }

  test.each([
    ['missing', 'is missing in R2'],
    ['changed', 'has another digest'],
  ] as const)('one that is %s', async (how, text) => {
    const { body: whole } = await builder.get('/v1/events?limit=2');
    const object = await damage(how);
    const message = `The journal is damaged: the object ${object} ${text}.`;

    const { status, body } = await builder.get(`/v1/events?after=${String(whole.after)}`);
    expect({ status, body }).toMatchObject({ status: 500, body: { type: '/problems/damaged' } });
    expect(faults.log).toContainEqual(
      expect.objectContaining({ operation: 'feed', after: 2, upTo: 4 }),
    );
    expect(JSON.stringify(faults.log)).toContain(message);
    // What comes before is answered, and no more.
    const before = await builder.get('/v1/events');
    expect(before.body.events).toMatchObject([{ version: 1 }, { version: 2 }]);

    await rebuilder.get('/v1/projections/works');
    expect(await rebuilder.build('works')).toBe('more');
    await expect(rebuilder.build('works')).rejects.toThrow(message);
    expect((await rebuilder.get('/v1/projections/works')).body).toMatchObject({
      serving: 1,
      generations: [{}, { reason: expect.stringContaining(message), build: { done: 2 } }],
    });

    expect((await verified()).differences).toMatchObject([
      { position: 'a0-3-00000000', what: 'a missing position' },
    ]);
    await expect(seal(2)).resolves.toMatchObject({ segments: 0 });
  });

  test('a segment whose row is missing', async () => {
    await rowsOf('DELETE FROM journal_segment WHERE first = 3');
    expect((await readJournal(store, 2, 10)).missing).toBe(3);
    expect(await readJournalPage(store, 'main', JOURNAL_START, 10, {})).toMatchObject({
      after: { position: 2 },
    });
    const from = { epoch: 0, position: 2, tag: (await readJournal(store, 0, 2)).end?.tag ?? '' };
    expect(await readJournalPage(store, 'main', from, 10, {})).toEqual({ hole: [2, 4] });
    expect((await verified()).differences).toMatchObject([{ position: 'a0-3-00000000' }]);
  });
});

describe('SE6 without a bucket', () => {
  const without: JournalStore = { ...store, bucket: undefined };

  test('nothing is sealed, and the status and the metrics report it', async () => {
    await storePages(events(3), events(1));
    expect(await seal(1, {}, without)).toEqual({ segments: 0, events: 0 });
    const statusOf = async (own: typeof server.env) => {
      const request = new Request('http://ledge.test/v1/status');
      const response = await server.worker.fetch(request, own);
      const { databases } = await response.json<{ databases: { sealed: object }[] }>();
      return databases[0]?.sealed;
    };
    const { JOURNAL: _bucket, ...bare } = server.env;
    expect(await statusOf(bare)).toEqual({ bucket: false, events: 0 });
    await seal(1);
    expect(await statusOf(server.env)).toEqual({ bucket: true, events: 3 });
    const metrics = await server.worker.fetch(new Request('http://ledge.test/v1/metrics'), bare);
    const text = await metrics.text();
    expect(text).toContain('ledge_journal_sealed_events{database="DB"} 3\n');
    expect(text).toContain('ledge_journal_buckets{database="DB"} 0\n');
  });

  test('what was sealed before cannot be read until it is bound again', async () => {
    await storePages(events(3), events(1));
    await seal(3);
    await expect(readJournal(without, 0, 10)).rejects.toThrow(UnreachableBucket);
    expect((await readJournal(without, 3, 10)).events).toHaveLength(1);
    const { JOURNAL: _bucket, ...bare } = server.env;
    const answer = await server.worker.fetch(new Request('http://ledge.test/v1/events'), bare);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe('SE7 an erased tenant is gone from segments, too', () => {
  const secret = { tenant: 'gone', stream: 'troublesome/hidden', data: { note: 'geheimnis' } };

  async function erase(journal: JournalStore = store) {
    const projector = { ...server.projector, ...journal };
    for (let part = 0; part < 100; part++) {
      const erased = await eraseSome(projector, 'gone');
      if (erased !== 'more') return erased;
    }
    throw new Error('The erasure has no end.');
  }

  beforeEach(async () => {
    await storePages(
      [...events(2), ...events(3, secret)],
      events(1, secret),
      events(4),
      [...events(1, secret), ...events(1)],
      events(2, secret),
      events(1),
    );
    await rowsOf("INSERT INTO erasure (tenant) VALUES ('gone')");
  });

  test('across the border to the pages, with its positions kept and each event counted once', async () => {
    const all = await tagged();
    await seal(6, { segmentsMax: 2 });
    const [before, kept] = await Promise.all([segments(), objects()]);
    expect(before).toHaveLength(2);
    expect(await erase()).toMatchObject({ events: 7, objects: 2 });
    const rest = await readAll(0, 3);
    expect(rest.map(({ position }) => position)).toEqual(all.map(({ position }) => position));
    expect(rest.filter(({ tenant }) => tenant === 'main')).toEqual(
      all.filter(({ tenant }) => tenant === 'main').map(({ tag: _tag, ...event }) => event),
    );
    expect(rest.filter(({ tenant }) => tenant === '')).toHaveLength(7);
    expect(await followAll(positionOf(all, 4), 2)).toEqual(
      all.filter(({ tenant, position }) => tenant === 'main' && position > 4),
    );
    expect(await databaseText()).not.toMatch(/geheimnis|hidden/);
    for (const { object } of await segments()) {
      expect(JSON.stringify(await linesOf(object))).not.toMatch(/geheimnis|hidden|gone/);
    }
    // What a restore of D1 may name again is kept for 31 days.
    expect(await objects()).toEqual(expect.arrayContaining(kept));
    const nowMs = Date.now();
    expect(await deleteUnnamed(store, nowMs + 30 * DAY_MS)).toBe(0);
    expect(await deleteUnnamed(store, nowMs + 31 * DAY_MS + 60_000)).toBe(2);
    expect((await objects()).toSorted()).toEqual(
      (await segments()).map(({ object }) => object).toSorted(),
    );
    expect(await rowsOf('SELECT * FROM unnamed_object')).toEqual([]);
  });

  test('by two at once, and with a sealing between their parts', async () => {
    await seal(6, { segmentsMax: 1 });
    const projector = { ...server.projector, ...store };
    const part = () => eraseSome(projector, 'gone');
    await Promise.all([part(), part()]);
    await Promise.all([seal(4), part(), part()]);
    expect(await erase()).toMatchObject({ events: 7 });
    expect((await readAll(0, 100)).filter(({ tenant }) => tenant === 'gone')).toEqual([]);
    for (const { object } of await segments()) {
      expect(JSON.stringify(await linesOf(object))).not.toMatch(/geheimnis|hidden|gone/);
    }
  });

  test('pages that are sealed after their positions were passed are found', async () => {
    // As if another erasure had counted on, and its batch came late.
    await seal(14);
    await rowsOf('UPDATE erasure SET position = 1000');
    expect(await erase()).toMatchObject({ events: 7, objects: 1 });
  });

  test('not where R2 does not take the new object: nothing is named that is not there', async () => {
    await seal(6);
    const before = await segments();
    const { bucket: failing } = watchedBucket({ put: () => Promise.reject(new Error('10001')) });
    await expect(erase({ ...store, bucket: failing })).rejects.toThrow(UnreachableBucket);
    expect(await segments()).toEqual(before);
    expect(await erase()).toMatchObject({ events: 7 });
  });

  test('an object that is named again is not deleted', async () => {
    await seal(6);
    const [named] = await segments();
    await rowsOf('INSERT INTO unnamed_object (object, since) VALUES (?, 0)', named?.object ?? '');
    expect(await deleteUnnamed(store, Date.now())).toBe(0);
    expect(await rowsOf('SELECT * FROM unnamed_object')).toEqual([]);
    expect(await objects()).toContain(named?.object);
  });
});

describe('SE8 a restore of D1', () => {
  test('to before a sealing has the pages again, and the next sealing uses the same object', async () => {
    await storePages(events(2), events(2), events(1));
    const all = await tagged();
    const backup = await rowsOf<Record<string, string>>(
      'SELECT *, hex(tag) AS tag FROM journal_page',
    );
    await seal(4);
    const sealed = await segments();
    const { anchors } = await databaseState(env.DB);
    expect(anchors.map(({ position }) => position)).toEqual([5, 4]);

    await env.DB.batch([
      env.DB.prepare('DELETE FROM journal_segment'),
      env.DB.prepare('DELETE FROM journal_page'),
      ...backup.slice(0, 2).map((page) =>
        env.DB.prepare(
          `INSERT INTO journal_page (first, tenant, types, events, first_recorded_at, tag, body)
           VALUES (?, ?, ?, ?, ?, unhex(?), ?)`,
        ).bind(
          ...[page.first, page.tenant, page.types, page.events],
          ...[page.first_recorded_at, page.tag, page.body],
        ),
      ),
    ]);
    await storePages(events(3));
    const kept = all.slice(0, 4).map(({ tag: _tag, ...event }) => event);
    expect((await readAll(0, 3)).slice(0, 4)).toEqual(kept);
    const { calls, bucket: watched } = watchedBucket();
    await seal(4, {}, { ...store, bucket: watched });
    expect(calls).toEqual(['put', 'get']);
    expect(await segments()).toEqual(sealed);

    const { common } = await beginEpoch(server.projector, { ...byPosition, anchors });
    expect(common).toBe(4);
    const lost = { epoch: 0, position: 5, tag: all[4]?.tag ?? '' };
    expect(await readJournalPage(store, 'main', lost, 10, {})).toEqual({
      common: { epoch: 1, position: 4, tag: all[3]?.tag },
    });
    // The newest common position is inside of a segment.
    await rowsOf('UPDATE epoch SET common = 3');
    expect(await readJournalPage(store, 'main', lost, 10, {})).toEqual({
      common: { epoch: 1, position: 3, tag: all[2]?.tag },
    });
  });

  test('lists the streams of newer positions that have been sealed meanwhile', async () => {
    const named = (name: string) => ({ stream: `troublesome/${name}` });
    await storePages([named('a')], [named('b'), named('c')], [named('d')]);
    await seal(1, { segmentsMax: 2 });
    const found: string[] = [];
    for (let after = 1, done = false; !done; ) {
      const page = await listNewerStreams(store, after);
      found.push(...page.streams.map(({ stream }) => stream));
      ({ after, done } = page);
    }
    expect(found).toEqual(['troublesome/b', 'troublesome/c', 'troublesome/d']);
  });
});

describe('SE9 costs', () => {
  async function trips(work: () => Promise<unknown>): Promise<number> {
    let count = 0;
    faults.beforeTrip = () => {
      count++;
    };
    await work();
    faults.beforeTrip = () => undefined;
    return count;
  }

  test('a page of the feed, or of a build, one trip to D1, and one object where it is sealed', async () => {
    await storePages(events(5), events(5), events(5));
    await seal(5, { segmentsMax: 1 });
    const all = { 10: await readJournal(store, 5, 5) };
    const { calls, bucket: watched } = watchedBucket();
    const journal = { ...troubled, bucket: watched };
    expect(await trips(() => readJournal(journal, 0, 5))).toBe(1);
    expect(calls.splice(0)).toEqual(['get']);
    expect(await trips(() => readJournalPage(journal, 'main', JOURNAL_START, 3, {}))).toBe(1);
    expect(calls.splice(0)).toEqual(['get']);
    // A tenant without events in it costs no object.
    expect(await trips(() => readJournalPage(journal, 'quiet', JOURNAL_START, 3, {}))).toBe(1);
    expect(await trips(() => readJournal(journal, 5, 5))).toBe(1);
    const from = { epoch: 0, position: 10, tag: all[10].end?.tag ?? '' };
    expect(await trips(() => readJournalPage(journal, 'main', from, 3, {}))).toBe(1);
    expect(calls).toEqual([]);
  });

  test('a sealing one trip, and for each segment three, one object, and a row for each page', async () => {
    await storePages(...Array.from({ length: 9 }, () => events(5)));
    const { calls, bucket: watched } = watchedBucket();
    const journal = { ...troubled, bucket: watched };
    expect(await trips(() => seal(20, {}, journal))).toBe(1 + 3 * 2);
    expect(calls).toEqual(['put', 'put']);
    // Of the batches: the segment, its pages, the registration.
    expect(faults.rowsWritten).toBe(2 * (1 + 4 + 1));
    expect(await trips(() => sealJournal(journal, Date.now, false))).toBe(1);
  });
});

describe('SE10 a bucket in trouble', () => {
  test('that fails leaves the journal in its pages, and commands and reads go on', async () => {
    await storePages(events(3), events(1));
    const all = await tagged();
    const { bucket: failing } = watchedBucket({ put: () => Promise.reject(new Error('10001')) });
    await expect(seal(3, {}, { ...store, bucket: failing })).rejects.toThrow(UnreachableBucket);
    expect(await tagged()).toEqual(all);
    expect(await seal(3)).toEqual({ segments: 1, events: 3 });
  });

  test('that does not answer is given up after 30 seconds', async () => {
    await storePages(events(3), events(1));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const { bucket: hanging, calls } = watchedBucket({ put: () => new Promise(() => undefined) });
      const sealing = seal(3, {}, { ...store, bucket: hanging }).then(undefined, String);
      while (calls.length === 0) await scheduler.wait(5);
      vi.advanceTimersByTime(30_000);
      expect(await sealing).toContain('R2 did not answer for DB/0/1-3-');
    } finally {
      vi.useRealTimers();
    }
    expect(await pages()).toHaveLength(2);
  });

  test('is an alert of the cron, which raises none once it works again', async () => {
    await storeMany(206_000, 'main');
    const { bucket: failing } = watchedBucket({ put: () => Promise.reject(new Error('10001')) });
    const tick = (own: typeof server.env) =>
      server.worker.scheduled({ scheduledTime: 61_000, cron: '', noRetry: () => undefined }, own);
    await expect(tick({ ...server.env, JOURNAL: failing })).rejects.toThrow('seal-journal');
    const { body } = await server.get('/v1/status');
    expect(body.alerts).toMatchObject([{ alert: 'upkeep-failing', subject: 'seal-journal' }]);
    await tick(server.env);
    expect((await server.get('/v1/status')).body.alerts).toEqual([]);
    expect(await segments()).toHaveLength(1);
  });
});
