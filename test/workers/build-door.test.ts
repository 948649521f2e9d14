/** A build completes while commits continue: it closes a door for its last page alone. */
import { createMessageBatch } from 'cloudflare:test';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defineApp } from '../../core/app.ts';
import { defineReactor } from '../../core/process/reactor.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import type { RelayMessage } from '../../core/protocol/relay-message.ts';
import { currentServingSet } from '../../worker/projections/serving-set.ts';
import { closeDoor } from '../../worker/projections/versions/build-door.ts';
import { deployment } from './support/deployment.ts';
import { faults } from './support/faults.ts';
import { env, rowsOf, useKeptQueue } from './support/harness.ts';
import { storePages } from './support/journal-pages.ts';
import { troublesome } from './support/troublesome.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(async () => {
  for (const version of [1, 2]) await createWorks(version);
  await rowsOf(`CREATE TABLE tallies_v1 (tenant TEXT NOT NULL, id TEXT NOT NULL, notes INTEGER NOT NULL,
    PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
});
beforeEach(async () => {
  const tables = ['journal_page', 'checkpoint', 'generation', 'serving_set', 'dead_letter'];
  const all = [...tables, 'works_v1', 'works_v2', 'tallies_v1'];
  await env.DB.batch(all.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

/** Another projection over the same streams: its build wants the door as well. */
const tallies = defineProjection({
  name: 'tallies',
  version: 1,
  from: [troublesome],
  tables: { tallies: table({ id: text().notNull(), notes: integer().notNull() }, { key: ['id'] }) },
  on: {
    troublesome: {
      Worked: ({ aggregateId: id }, { tallies }) => tallies.upsert({ id }, { add: { notes: 1 } }),
    },
  },
});

let reactions = 0;

/** Counts its calls, and sends no command. */
const counting = defineReactor({
  name: 'counting',
  from: [troublesome],
  startsAt: 'beginning',
  on: {
    troublesome: {
      Worked: () => {
        reactions++;
        return [];
      },
    },
  },
});

const first = deployment(appWith(works(1)));
const second = deployment(
  defineApp({ ...appWith(works(2, 'mended', works(1)), tallies), reactors: [counting] }),
);

const ROUND_TRIP_MS = 30;
const COMMITS_PER_SECOND = 100;
const DOOR_MS_MAX = 2_000;
const RETRY_MS = 1_000;

/** A message that holds its event: the consumer asks no object. */
function messageOf(stream: string, version = 1): string {
  const at = '2026-01-01T00:00:00.000Z';
  const caller = { actor: 'a', commandId: 'c', causationId: 'c', correlationId: 'c' };
  const message: RelayMessage = {
    ...{ tenant: 'main', stream, version },
    events: [
      {
        ...{ id: `${stream}@${version}`, tenant: 'main', stream, version },
        ...{ type: 'Worked', schemaVersion: 1, data: { note: 'live' } },
        ...{ recordedAt: at, occurredAt: at, metadata: caller },
      },
    ],
  };
  return JSON.stringify(message);
}

/** Half of it on the way there, half on the way back. */
function slowTrips(): void {
  const half = () => scheduler.wait(ROUND_TRIP_MS / 2);
  faults.beforeTrip = half;
  faults.afterTrip = half;
}

interface Traffic {
  readonly lagsMs: number[];
  /** Ends it, and waits until everything is acknowledged. */
  readonly end: () => Promise<void>;
}

/** Commits at a steady rate, each as a batch of its own; unacknowledged messages are delivered again a second later. */
function commits(perSecond: number): Traffic {
  const lagsMs: number[] = [];
  const open = new Set<Promise<void>>();
  let isOver = false;
  const commit = async (stream: string) => {
    const startMs = performance.now();
    while ((await second.deliver([messageOf(stream)])) > 0) await scheduler.wait(RETRY_MS);
    lagsMs.push(performance.now() - startMs);
  };
  const writing = (async () => {
    const startMs = performance.now();
    for (let count = 0; !isOver; count++) {
      await scheduler.wait(Math.max(0, startMs + (count * 1_000) / perSecond - performance.now()));
      const one = commit(`troublesome/live-${count}`).finally(() => open.delete(one));
      open.add(one);
    }
  })();
  return {
    lagsMs,
    end: async () => {
      isOver = true;
      await writing;
      await Promise.all(open);
    },
  };
}

async function journalOf(events: number): Promise<void> {
  const old = { version: 1, data: { note: 'old' } };
  for (let from = 0; from < events; from += 10_000) {
    await storePages(
      Array.from({ length: Math.min(10_000, events - from) }, (_, index) => ({
        ...old,
        stream: `troublesome/s${from + index}`,
      })),
    );
  }
  await rowsOf(
    "INSERT OR IGNORE INTO checkpoint (tenant, stream, projection, version) SELECT 'main', stream, '', 1 FROM journal",
  );
}

/** A build as its object drives it: page after page, until it has nothing left to do. */
async function build(projection: string, withinMs: number): Promise<number> {
  const startMs = performance.now();
  while (performance.now() - startMs < withinMs) {
    if ((await second.build(projection)) === 'idle') break;
  }
  return Math.round(performance.now() - startMs);
}

async function stateOf(projection: string): Promise<Record<string, unknown>> {
  return (await second.get(`/v1/projections/${projection}`)).body;
}

/** No event is lost and none is double: every row is the fold of the journal. */
async function expectFolded(): Promise<void> {
  const folded = await rowsOf(
    'SELECT substr(stream, 13) AS id, count(*) AS notes FROM journal GROUP BY stream ORDER BY id',
  );
  const [{ head } = { head: 0 }] = await rowsOf<{ head: number }>(
    'SELECT max(position) AS head FROM journal',
  );
  expect(folded).toHaveLength(head);
  for (const table of ['works_v2', 'tallies_v1']) {
    expect(await rowsOf(`SELECT id, notes FROM ${table} ORDER BY id`)).toEqual(folded);
  }
}

function reportLag(took: string, lagsMs: readonly number[]): number {
  const sorted = lagsMs.toSorted((one, other) => one - other);
  const worstMs = Math.round(sorted.at(-1) ?? 0);
  const medianMs = Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0);
  console.log(`${took}; ${sorted.length} commits, lag p50 ${medianMs} ms, worst ${worstMs} ms`);
  return worstMs;
}

/** The door as D1 has it. */
async function door(): Promise<{ by: string | null; isClosed: number }> {
  const [row] = await rowsOf<{ by: string | null; isClosed: number }>(
    "SELECT closed_by AS by, closing_until > unixepoch('subsec') AS isClosed FROM serving_set",
  );
  return row ?? { by: null, isClosed: 0 };
}

/** Closes it as the build of a projection does. */
async function close(projection: string): Promise<void> {
  const { projector } = second;
  const set = await currentServingSet(projector.database);
  const [generation] = set.generations.filter(
    (one) => one.projection === projection && one.state === 'catching-up',
  );
  if (!generation) throw new Error(`${projection} is not being built.`);
  await closeDoor(
    { projector, set, generation, definition: tallies, now: '2026-01-01T00:00:00.000Z' },
    generation.cursor,
  );
}

describe('N10 builds complete while commits continue', () => {
  test('within 2 s under 100 commits/s with round trips of 30 ms, one alone', async () => {
    await first.get('/v1/projections/works');
    await journalOf(2_000);
    await second.get('/v1/projections/works');
    slowTrips();
    const traffic = commits(COMMITS_PER_SECOND);
    await scheduler.wait(500);
    const tookMs = await build('works', 15_000);
    await traffic.end();
    const worstMs = reportLag(`works took over in ${tookMs} ms`, traffic.lagsMs);
    expect(await stateOf('works')).toMatchObject({ state: 'live', serving: 2 });
    expect(tookMs).toBeLessThan(2_000);
    expect(worstMs).toBeLessThan(DOOR_MS_MAX + RETRY_MS);
    await build('tallies', 5_000);
    await expectFolded();
  }, 60_000);

  test('several at once: two projections and a reactor, then a rebuild and a verification', async () => {
    reactions = 0;
    await first.get('/v1/projections/works');
    await journalOf(2_000);
    await second.get('/v1/projections/works');
    slowTrips();
    const traffic = commits(COMMITS_PER_SECOND);
    const names = ['works', 'tallies', 'counting'];
    const tookMs = await Promise.all(names.map((name) => build(name, 20_000)));
    await second.post('/v1/projections/works/rebuild');
    await second.post('/v1/projections/tallies/verify');
    const againMs = await Promise.all([build('works', 20_000), build('tallies', 20_000)]);
    await traffic.end();
    reportLag(
      `${names} took over in ${tookMs} ms, rebuild, verify in ${againMs} ms`,
      traffic.lagsMs,
    );
    for (const name of names) expect(await stateOf(name)).toMatchObject({ state: 'live' });
    const { generations } = await stateOf('tallies');
    expect(generations).toContainEqual(
      expect.objectContaining({
        purpose: 'verify',
        report: [expect.objectContaining({ onlyLive: 0, onlyRecomputed: 0 })],
      }),
    );
    expect(reactions).toBeGreaterThanOrEqual(2_000);
    await expectFolded();
  }, 90_000);
});

describe('N11 the door', () => {
  beforeEach(async () => {
    await first.get('/v1/projections/works');
    await journalOf(3);
    await second.get('/v1/projections/works');
  });

  test('stays open where nothing is written meanwhile', async () => {
    await build('works', 5_000);
    expect([await stateOf('works'), await door()]).toMatchObject([{ serving: 2 }, { by: null }]);
  });

  test('has one holder, and stays open afterwards at least as long as it was closed', async () => {
    await close('works');
    await close('tallies');
    expect(await door()).toEqual({ by: 'works@2', isClosed: 1 });
    await scheduler.wait(300);
    await build('works', 5_000);
    expect(await door()).toEqual({ by: 'works@2', isClosed: 0 });
    await close('tallies');
    expect(await door()).toEqual({ by: 'works@2', isClosed: 0 });
    await scheduler.wait(600);
    await close('tallies');
    expect(await door()).toEqual({ by: 'tallies@1', isClosed: 1 });
  });

  test('is not closed by a build that has too much left, or that was paused', async () => {
    await journalOf(5_000);
    await close('works');
    expect(await door()).toMatchObject({ by: null });
    const set = await currentServingSet(env.DB);
    const [generation] = set.generations.filter((one) => one.projection === 'tallies');
    await second.post('/v1/projections/tallies/pause');
    const building = { projector: second.projector, set, definition: tallies, now: '' };
    if (generation) await closeDoor({ ...building, generation }, 3);
    expect(await door()).toMatchObject({ by: null });
  });

  test('opens by itself where its build has died, and no live commit waits longer', async () => {
    await close('works');
    const closedMs = performance.now();
    let refusedMs = 0;
    for (let startMs = closedMs; ; startMs = performance.now()) {
      if ((await second.deliver([messageOf('troublesome/live')])) === 0) break;
      refusedMs = startMs - closedMs;
      await scheduler.wait(50);
    }
    // When the last one that was refused began: how long its answer takes depends on the machine.
    expect(refusedMs).toBeGreaterThan(0);
    expect(refusedMs).toBeLessThan(DOOR_MS_MAX);
    for (const name of ['works', 'tallies', 'counting']) await build(name, 5_000);
    await expectFolded();
  });
});

describe('N12 a live plan that meets the closed door', () => {
  beforeEach(async () => {
    await first.get('/v1/projections/works');
    await journalOf(3);
    await second.get('/v1/projections/works');
  });

  /** With which options the consumer retries one message; the runtime's own result leaves the delay out. */
  async function retriesOf(body: string): Promise<unknown[]> {
    const retries: unknown[] = [];
    const retry = (options?: QueueRetryOptions) => retries.push(options);
    const message = { id: 'one', timestamp: new Date(), attempts: 9, body };
    const batch = createMessageBatch<unknown>('events', [message]);
    const watched = { ...message, retry, ack: () => retries.push('acknowledged') };
    await second.worker.queue({ ...batch, queue: 'events', messages: [watched] }, second.env);
    return retries;
  }

  test('is retried a second later, after one look at D1', async () => {
    await close('works');
    let trips = 0;
    faults.beforeTrip = () => {
      trips++;
    };
    expect(await retriesOf(messageOf('troublesome/live'))).toEqual([{ delaySeconds: 1 }]);
    expect(trips).toBe(1);
    expect(await rowsOf("SELECT 1 FROM journal WHERE stream = 'troublesome/live'")).toEqual([]);
  });

  test('though the door closes between its reading and its writing', async () => {
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await close('works');
    };
    expect(await retriesOf(messageOf('troublesome/live'))).toEqual([{ delaySeconds: 1 }]);
    expect(await rowsOf("SELECT 1 FROM journal WHERE stream = 'troublesome/live'")).toEqual([]);
  });

  test('answers a consistent query with 503 and the second to wait', async () => {
    await build('tallies', 5_000);
    await rowsOf('UPDATE serving_set SET closing_until = 0, closed_at = 0');
    await close('works');
    const token = { 'consistent-with': 'troublesome/live@1' };
    const { status, headers } = await second.get('/v1/queries/tallies', token);
    expect([status, headers.get('retry-after')]).toEqual([503, expect.stringMatching(/^[12]$/)]);
  });
});
