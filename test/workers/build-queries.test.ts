/** The queries of a build's alarm: D1 refuses an invocation more than a thousand. */
import { runInDurableObject } from 'cloudflare:test';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import { type MeasuredPage, type Ports, rebuildObject } from '../../durable-objects/index.ts';
import { MeteredDatabase } from '../../worker/d1/metered-database.ts';
import { withKnownFormat } from '../../worker/d1/with-known-format.ts';
import { measuredPage } from '../../worker/projections/versions/measured-page.ts';
import { deployment } from './support/deployment.ts';
import { env, rowsOf, useKeptQueue } from './support/harness.ts';
import { storePages } from './support/journal-pages.ts';
import { troublesome } from './support/troublesome.ts';
import { appWith } from './support/works.ts';

const QUERIES_MAX = 1_000;

useKeptQueue();
beforeAll(async () => {
  await rowsOf(`CREATE TABLE places_v1 (tenant TEXT NOT NULL, id TEXT NOT NULL, taken INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
});
beforeEach(async () => {
  const tables = ['journal_page', 'checkpoint', 'generation', 'serving_set', 'places_v1'];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

/** One row that is removed and inserted again cannot be folded: each event takes a statement. */
const places = defineProjection({
  name: 'places',
  version: 1,
  from: [troublesome],
  tables: {
    places: table({ id: text().notNull(), taken: integer().notNull() }, { key: ['id'] }),
  },
  on: {
    troublesome: {
      Worked: ({ version, data: { note } }, { places }) => {
        if (note === 'unwritable') return places.insert({ id: 'only', taken: version });
        return version % 2 === 1
          ? places.insert({ id: 'only', taken: version })
          : places.remove({ id: 'only' });
      },
    },
  },
});

const shop = deployment(appWith(places));

async function builtPages(eventsMax: number): Promise<MeasuredPage[]> {
  const pages: MeasuredPage[] = [];
  for (;;) {
    const page = await measuredPage(shop.projector, 'places', eventsMax);
    if (page === 'idle') return pages;
    pages.push(page);
  }
}

async function begin(events: readonly { note: string }[]): Promise<void> {
  await storePages(events.map((data) => ({ data })));
  await shop.get('/v1/projections/places');
}

const fine = { note: '' };

/** What a page asks beside its row changes, with two tries of a last page. */
const BESIDE_ROWS_MAX = 60;

test('N16 a page whose events take a statement each is divided, and its rows are those of a whole one', async () => {
  await begin(Array(1_501).fill(fine));
  const pages = await builtPages(5_000);
  expect(pages.length).toBeGreaterThan(5);
  for (const { queries } of pages) expect(queries).toBeLessThan(2 * 200 + BESIDE_ROWS_MAX);
  expect(pages.reduce((sum, { events }) => sum + events, 0)).toBe(1_501);
  expect(await rowsOf('SELECT id, taken FROM places_v1')).toEqual([{ id: 'only', taken: 1_501 }]);
});

test('N16 a page that is refused again and again, down to one event, stays below the limit of a run', async () => {
  await begin([fine, { note: 'unwritable' }, ...Array(195).fill(fine)]);
  const pages = await builtPages(5_000);
  expect(await rowsOf('SELECT taken FROM places_v1')).toEqual([{ taken: 1 }]);
  const queries = pages.map((page) => page.queries);
  expect(Math.max(...queries)).toBeGreaterThan(400);
  expect(Math.max(...queries)).toBeLessThan(600);
});

test('N16 the queries of a page are those that D1 gets, the assertion of the storage format included', async () => {
  await begin(Array(20).fill(fine));
  const counted = countedStatements();
  const projector = { ...shop.projector, database: withKnownFormat(counted.database) };
  const page = await measuredPage(projector, 'places', 100);
  expect(page).toMatchObject({ events: 20, queries: counted.statements() });
  expect(counted.statements()).toBeGreaterThan(20);
});

/** The real database, and the statements of its batches: with the assertion there is no other call. */
function countedStatements() {
  let count = 0;
  const doorOf = (door: D1Database | D1DatabaseSession) => ({
    prepare: (sql: string) => door.prepare(sql),
    batch: (statements: D1PreparedStatement[]) => {
      count += statements.length;
      return door.batch(statements);
    },
  });
  const withSession = (start: string) => doorOf(env.DB.withSession(start));
  const database = { ...doorOf(env.DB), withSession } as unknown as D1Database;
  return { database, statements: () => count };
}

test('N16 a run of the alarm begins no page from which it could pass the limit, and the next run goes on', async () => {
  for (const queriesEach of [14, 90, 600]) {
    let queries = 0;
    const buildPage = async (): Promise<MeasuredPage> => {
      queries += queriesEach;
      const measured = { elapsedMs: 5, databaseMs: 1, trips: 4, tripMs: 1, queries: queriesEach };
      return { events: 500, head: 1_000_000, isDoorClosed: false, ...measured };
    };
    const ports = { buildPage, nowMs: Date.now, log: () => undefined } as unknown as Ports<object>;
    const next = await runInDurableObject(
      env.LIVE.getByName(`n16-${queriesEach}`),
      async (_object, ctx) => {
        const Rebuild = rebuildObject(ports);
        await new Rebuild(ctx, env).alarm?.();
        const atMs = await ctx.storage.getAlarm();
        await ctx.storage.deleteAlarm();
        return atMs;
      },
    );
    expect(queries).toBeLessThan(QUERIES_MAX);
    expect(queries).toBeGreaterThanOrEqual(400);
    expect(next).not.toBeNull();
  }
});

test('N14 the meter has D1 time without the network', async () => {
  const metered = new MeteredDatabase(env.DB, Date.now);
  const heavy = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT sum(i) AS sum FROM n`;
  await metered.database.batch([
    metered.database.prepare(heavy),
    metered.database.prepare('SELECT 1'),
  ]);
  expect(await metered.database.prepare('SELECT ? AS one').bind(7).first()).toEqual({ one: 7 });
  const { queries, trips, databaseMs, tripMs } = metered.usage;
  expect([queries, trips]).toEqual([5, 2]);
  expect(databaseMs).toBeGreaterThan(5);
  expect(tripMs).toBeLessThan(databaseMs);
});
