/** A read model is built from the journal next to the serving one, and replaces it atomically. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deployment } from './support/deployment.ts';
import { faults } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { losePage, pages, storePages } from './support/journal-pages.ts';
import { verifiedJournal } from './support/verified-journal.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(async () => {
  for (const version of [1, 2, 3]) await createWorks(version);
});
beforeEach(async () => {
  const tables = ['journal_page', 'checkpoint', 'generation', 'serving_set', 'dead_letter'];
  const models = ['works_v1', 'works_v2', 'works_v3'];
  const emptied = [...tables, ...models].map((table) => env.DB.prepare(`DELETE FROM ${table}`));
  await env.DB.batch(emptied);
});

const first = deployment(appWith(works(1)));
const second = deployment(appWith(works(2, 'mended')));
const secondWithPrevious = deployment(appWith(works(2, 'mended', works(1))));
const buggySecond = deployment(appWith(works(2)));
const without = deployment(appWith());

type Deployment = typeof first;

let runs = 0;

/** Some streams of this test's own, with the notes that each gets. */
async function work(...notes: readonly string[]): Promise<string[]> {
  runs++;
  for (const [index, note] of notes.entries()) {
    await send(`troublesome/r${runs}-${index % 3}`, 'Work', { note });
  }
  return keptMessages();
}

function rowsIn(version: number, suffix = ''): Promise<unknown[]> {
  return rowsOf(`SELECT id, notes, last FROM works_v${version}${suffix} ORDER BY id`);
}

/** What the rows have to be: the fold of the journal. */
async function folded(): Promise<unknown[]> {
  // With max(), SQLite takes the other columns from the same row.
  return rowsOf(
    `SELECT id, notes, last FROM (
       SELECT substr(stream, 13) AS id, count(*) AS notes, data ->> 'note' AS last, max(version)
       FROM journal WHERE stream LIKE 'troublesome/%' GROUP BY stream) ORDER BY id`,
  );
}

async function statusOf(at: Deployment): Promise<Record<string, unknown>> {
  return (await at.get('/v1/projections/works')).body;
}

/** All that a walk over the whole journal finds. */
async function verified(at: Deployment): Promise<unknown> {
  return (await verifiedJournal(at)).differences;
}

describe('N1 a projection that the code brings', () => {
  test('is live at once where nothing has happened yet', async () => {
    expect(await statusOf(first)).toMatchObject({ state: 'live', serving: 1, version: 1 });
    await first.deliver(await work('a', 'b'));
    expect(await rowsIn(1)).toEqual(await folded());
  });

  test('is built from the beginning where something has, and serves only then', async () => {
    await without.deliver(await work('a', 'b', 'c', 'd'));
    await rowsOf("INSERT INTO works_v1 VALUES ('main', 'left over', 1, 'of another life')");
    expect((await first.get('/v1/queries/works')).status).toBe(503);
    expect(first.woken).toContain('works');
    expect(await statusOf(first)).toMatchObject({
      state: 'building',
      serving: null,
      lag: { events: 4 },
      generations: [{ state: 'catching-up', build: { done: 0, total: 4 } }],
    });
    await first.buildAll('works');
    expect(await statusOf(first)).toMatchObject({ state: 'live', serving: 1, lag: { events: 0 } });
    expect(await rowsIn(1)).toEqual(await folded());
    await first.deliver(await work('e'));
    expect(await rowsIn(1)).toEqual(await folded());
  });
});

describe('N2 a raised version', () => {
  test('is built by itself while the old one serves, and takes over with its last page', async () => {
    await first.deliver(await work('a', 'b', 'c', 'd', 'e'));
    const old = await rowsIn(1);
    expect(await statusOf(second)).toMatchObject({ state: 'inactive', serving: 1, version: 2 });
    expect(second.woken).toContain('works');
    await second.deliver(await work('f'));
    expect(await rowsIn(1)).toEqual(old);
    await second.buildAll('works');
    expect(await statusOf(second)).toMatchObject({ state: 'live', serving: 2 });
    expect(await rowsIn(2)).toEqual(await folded());
    await second.deliver(await work('g'));
    expect(await rowsIn(2)).toEqual(await folded());
    expect(await rowsIn(1)).toEqual(old);
  });

  test('whose previous definition stays keeps the old one current, before and after', async () => {
    await first.deliver(await work('a', 'b'));
    await secondWithPrevious.deliver(await work('c', 'd'));
    expect(await statusOf(secondWithPrevious)).toMatchObject({ state: 'rebuilding', serving: 1 });
    expect(await rowsIn(1)).toEqual(await folded());
    await secondWithPrevious.buildAll('works');
    await secondWithPrevious.deliver(await work('e'));
    expect(await rowsIn(1)).toEqual(await folded());
    expect(await rowsIn(2)).toEqual(await folded());
  });

  test('is complete though live events arrive between all of its pages', async () => {
    await first.deliver(await work(...Array.from({ length: 30 }, (_, index) => `note ${index}`)));
    await statusOf(second);
    for (let page = 0; page < 6; page++) {
      const arriving = second.deliver(await work('live', 'more', 'live'));
      await Promise.all([arriving, second.build('works')]);
    }
    await second.buildAll('works');
    expect(await statusOf(second)).toMatchObject({ state: 'live', serving: 2 });
    expect(await rowsIn(2)).toEqual(await folded());
  });

  test('does not take over while its last page is outdated', async () => {
    await first.deliver(await work('a'));
    await statusOf(second);
    const late = await work('late');
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await second.deliver(late);
    };
    await second.build('works');
    expect(await statusOf(second)).toMatchObject({ serving: 1 });
    await second.buildAll('works');
    expect(await rowsIn(2)).toEqual(await folded());
  });
});

describe('N3 a build that is killed', () => {
  test.each(['before', 'after'] as const)(
    '%s any of its batches continues where it was',
    async (when) => {
      await first.deliver(await work('a', 'b', 'c', 'd', 'e', 'f'));
      await statusOf(second);
      for (let failing = 1; failing <= 3; failing++) {
        let batches = 0;
        const fail = () => {
          if (++batches === 1) throw new Error('D1_ERROR: Network connection lost.');
        };
        if (when === 'before') faults.beforeBatch = fail;
        else faults.afterBatch = fail;
        await second.build('works').catch(() => undefined);
        faults.beforeBatch = () => undefined;
        faults.afterBatch = () => undefined;
      }
      await second.buildAll('works');
      expect(await statusOf(second)).toMatchObject({ state: 'live', serving: 2 });
      expect(await rowsIn(2)).toEqual(await folded());
    },
  );

  test.each(['pause', 'rebuild'])('is overtaken by a %s, and so is a step', async (operation) => {
    await first.deliver(await work('a'));
    const messages = await work('b', 'c');
    const before = await rowsIn(1);
    let seen: unknown[] = [];
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await first.post(`/v1/projections/works/${operation}`);
      seen = await rowsIn(1);
    };
    await first.deliver(messages);
    expect(seen).toEqual(before);
    if (operation === 'pause') expect(await rowsIn(1)).toEqual(before);
    await first.post('/v1/projections/works/resume');
    await first.buildAll('works');
    expect(await rowsIn(1)).toEqual(await folded());
  });

  test.each([
    ['last', 0],
    ['other', 1],
  ])('whose %s page was read before a restore of D1 writes none of it', async (_which, newer) => {
    await first.deliver(await work('a', 'b', 'c'));
    const [page] = await pages();
    expect(page).toEqual([1, 3]);
    await statusOf(second);
    faults.beforeBatch = async () => {
      faults.beforeBatch = () => undefined;
      await rowsOf(
        `UPDATE journal_page SET tag = randomblob(4), body = json_set(body, '$[2][5].note', 'z')`,
      );
      for (let more = 0; more < newer; more++) await storePages([{ stream: 'troublesome/new' }]);
    };
    expect(await second.build('works')).toBe('more');
    expect(await rowsIn(2)).toEqual([]);
    await second.buildAll('works');
    expect(await rowsIn(2)).toEqual(await folded());
  });

  test('two at once do no page twice', async () => {
    await first.deliver(await work('a', 'b', 'c', 'd', 'e', 'f'));
    await statusOf(second);
    await Promise.all([second.buildAll('works'), second.buildAll('works')]);
    expect(await rowsIn(2)).toEqual(await folded());
  });
});

describe('N4 an event that the new handler cannot take', () => {
  async function stopped(): Promise<void> {
    await without.deliver(await work('a', 'b', 'poison', 'c', 'poison', 'd'));
    await statusOf(buggySecond);
    await buggySecond.buildAll('works');
    expect(await statusOf(buggySecond)).toMatchObject({
      state: 'stopped',
      serving: null,
      lastError: expect.stringContaining('cannot take poison'),
      // The journal has the streams of a batch one after the other.
      generations: [{ build: { done: 3, total: 6 } }],
    });
  }

  test('stops the build, and the old one continues to serve', async () => {
    await first.deliver(await work('a', 'b'));
    await secondWithPrevious.deliver(await work('poison'));
    await buggySecond.buildAll('works');
    const { body } = await buggySecond.get('/v1/dead-letters?projection=works&status=parked');
    expect(body.deadLetters).toMatchObject([{ generation: 'works@1' }, { generation: 'works@2' }]);
    expect(await statusOf(buggySecond)).toMatchObject({ serving: 1 });
  });

  test('is built past once the handler is fixed', async () => {
    await stopped();
    await second.post('/v1/redrive', { projection: 'works' });
    await second.buildAll('works');
    expect(await statusOf(second)).toMatchObject({ state: 'live', serving: 2, parked: 0 });
    expect(await rowsIn(2)).toEqual(await folded());
  });

  test('can be discarded, for this generation', async () => {
    await stopped();
    for (let poison = 0; poison < 2; poison++) {
      const { body } = await buggySecond.get('/v1/dead-letters?status=parked');
      const [letter] = body.deadLetters as { id: string }[];
      const path = `/v1/dead-letters/${encodeURIComponent(letter?.id ?? '')}/discard`;
      expect((await buggySecond.post(path, { reason: 'known' })).status).toBe(200);
      await buggySecond.buildAll('works');
    }
    expect(await statusOf(buggySecond)).toMatchObject({ state: 'live', serving: 2 });
    const total = await rowsOf<{ n: number }>('SELECT sum(notes) AS n FROM works_v2');
    expect(total).toEqual([{ n: 4 }]);
  });
});

describe('N5 an operator', () => {
  test('pauses and resumes: it catches up from where it was', async () => {
    await first.deliver(await work('a'));
    const before = await rowsIn(1);
    expect((await first.post('/v1/projections/works/pause', { reason: 'migration' })).status).toBe(
      200,
    );
    await first.deliver(await work('b', 'c'));
    expect(await rowsIn(1)).toEqual(before);
    expect(await statusOf(first)).toMatchObject({
      state: 'paused',
      lag: { events: 2 },
      lastError: 'migration',
    });
    expect((await first.post('/v1/projections/works/pause')).status).toBe(409);
    expect((await first.post('/v1/projections/works/resume')).status).toBe(200);
    await first.buildAll('works');
    expect(await statusOf(first)).toMatchObject({ state: 'live', lag: { events: 0 } });
    expect(await rowsIn(1)).toEqual(await folded());
    expect((await first.post('/v1/projections/works/resume')).status).toBe(409);
  });

  test('reads the paused rows, but not as up to date', async () => {
    await first.deliver(await work('a'));
    await first.post('/v1/projections/works/pause');
    const stream = `troublesome/r${runs}-0`;
    const token = { 'consistent-with': `${stream}@1` };
    expect((await first.get('/v1/queries/works')).status).toBe(200);
    expect(await first.get('/v1/queries/works', token)).toMatchObject({
      status: 503,
      body: { detail: expect.stringContaining('paused') },
    });
  });

  test('rebuilds the same version in separate tables, which resolves parked events', async () => {
    await first.deliver(await work('a', 'poison', 'c', 'd', 'e'));
    await rowsOf("UPDATE works_v1 SET notes = 77 WHERE last = 'd'");
    const mended = deployment(appWith(works(1, 'mended')));
    expect((await mended.post('/v1/projections/works/rebuild')).status).toBe(200);
    expect((await mended.post('/v1/projections/works/rebuild')).status).toBe(409);
    expect(await statusOf(mended)).toMatchObject({ state: 'rebuilding', serving: 1, parked: 1 });
    await mended.deliver(await work('f'));
    await mended.buildAll('works');
    expect(await statusOf(mended)).toMatchObject({ state: 'live', parked: 0, lag: { events: 0 } });
    expect(await rowsIn(1)).toEqual(await folded());
    await mended.deliver(await work('g'));
    expect(await rowsIn(1)).toEqual(await folded());
    await mended.post('/v1/projections/works/rebuild');
    await mended.buildAll('works');
    expect(await rowsIn(1)).toEqual(await folded());
  });

  test('cancels a build, and begins it again', async () => {
    await first.deliver(await work('a', 'b'));
    expect((await first.post('/v1/projections/works/cancel')).status).toBe(409);
    await statusOf(second);
    expect((await second.post('/v1/projections/works/cancel')).status).toBe(200);
    expect(await second.build('works')).toBe('idle');
    expect((await second.post('/v1/projections/works/restart')).status).toBe(200);
    await second.buildAll('works');
    expect(await statusOf(second)).toMatchObject({ state: 'live', serving: 2 });
    expect(await rowsIn(2)).toEqual(await folded());
    await second.post('/v1/projections/works/rebuild');
    expect((await second.post('/v1/projections/works/cancel')).status).toBe(200);
    expect(await rowsOf("SELECT name FROM sqlite_master WHERE name LIKE 'works%_rebuild'")).toEqual(
      [],
    );
  });

  test.each(['rebuild', 'pause', 'nothing'])(
    '%s of an unknown projection is not found',
    async (name) => {
      expect((await first.post(`/v1/projections/nobody/${name}`)).status).toBe(404);
    },
  );
});

describe('N6 a verification', () => {
  test('finds nothing where nothing is wrong, and every row that is', async () => {
    await first.deliver(await work('a', 'b', 'c', 'poison', 'd'));
    const report = async () => {
      expect((await first.post('/v1/projections/works/verify')).status).toBe(200);
      await first.buildAll('works');
      const { generations } = (await statusOf(first)) as { generations: { report?: unknown }[] };
      return generations.find((one) => one.report)?.report;
    };
    expect(await report()).toEqual([
      { table: 'works_v1', rows: 3, onlyLive: 0, onlyRecomputed: 0 },
    ]);
    await rowsOf("UPDATE works_v1 SET notes = notes + 1 WHERE last = 'd'");
    await rowsOf("INSERT INTO works_v1 VALUES ('main', 'invented', 1, '')");
    expect(await report()).toEqual([
      { table: 'works_v1', rows: 4, onlyLive: 2, onlyRecomputed: 1 },
    ]);
    expect(await rowsOf("SELECT name FROM sqlite_master WHERE name LIKE '%_verify'")).toEqual([]);
  });

  const verification = async (code: typeof first) => {
    const { generations } = (await statusOf(code)) as { generations: { purpose: string }[] };
    return generations.find(({ purpose }) => purpose === 'verify');
  };
  const clean = [{ onlyLive: 0, onlyRecomputed: 0 }];

  test('compares with no rows that are old', async () => {
    await first.deliver(await work('a', 'b'));
    await first.post('/v1/projections/works/verify');
    // A deployment that does not define it takes it out of step, and an older one still builds.
    await without.deliver(await work('c'));
    expect(await first.build('works')).toBe('more');
    expect(await verification(first)).toMatchObject({
      state: 'paused',
      reason: expect.stringContaining('not live'),
    });
    await first.buildAll('works');
    await first.post('/v1/projections/works/resume');
    await first.buildAll('works');
    expect(await verification(first)).toMatchObject({ state: 'verified', report: clean });
  });

  test.each(['redrive', 'discard'])('begins again after a %s beside it', async (way) => {
    await first.deliver(await work('first', 'a', 'b', 'poison', 'c', 'd', 'e'));
    // Each of these fills most of a page.
    for (const id of ['much-1', 'much-2']) {
      await send(`troublesome/${id}`, 'WorkMuch', { events: 600, noteLength: 5_000 });
    }
    await first.deliver(keptMessages());
    const mended = deployment(appWith(works(1, 'mended')));
    await mended.post('/v1/projections/works/verify');
    // It leaves out what the live rows lack.
    await mended.build('works');
    expect(await verification(mended)).toMatchObject({ state: 'catching-up' });
    const { body } = await mended.get('/v1/dead-letters');
    const [letter] = body.deadLetters as { id: string }[];
    const done =
      way === 'redrive'
        ? await mended.post('/v1/redrive')
        : await mended.post(`/v1/dead-letters/${encodeURIComponent(String(letter?.id))}/discard`, {
            reason: 'of no use',
          });
    expect(done.status).toBe(200);
    await mended.buildAll('works');
    expect(await verification(mended)).toMatchObject({ state: 'verified', report: clean });
  });

  test('of the journal finds events that the logs do not have', async () => {
    for (const message of await work('a', 'b', 'c', 'd')) await first.deliver([message]);
    const clean = await first.post('/v1/verify', { limit: 3 });
    expect(clean.body).toMatchObject({ checked: 3, differences: [], done: false });
    const rest = await first.post('/v1/verify', { after: clean.body.after });
    expect(rest.body).toMatchObject({ checked: 1, differences: [], done: true });
    const forge = (path: string, value: unknown, note: string) =>
      rowsOf(
        "UPDATE journal_page SET body = json_set(body, ?, ?) WHERE body ->> '$[0][5].note' = ?",
        ...[path, value, note],
      );
    await forge('$[0][1]', 9, 'c');
    await forge('$[0][5].note', 'forged', 'd');
    const { body } = await first.post('/v1/verify');
    expect(body.differences).toMatchObject([
      { version: 2, what: 'differs from the log' },
      { version: 9, what: 'not in the log' },
    ]);
    await losePage(2);
    expect(await verified(first)).toMatchObject([
      { position: 'a0-2-00000000', what: 'a missing position' },
      { version: 9, what: 'not in the log' },
      { version: 2, what: 'differs from the log' },
      { what: 'missing from the journal' },
      { what: 'missing from the journal' },
    ]);
  });
});

describe('N7 the pointer', () => {
  test('goes back while the old one is fed, and is refused when it is not', async () => {
    await first.deliver(await work('a', 'b'));
    await statusOf(secondWithPrevious);
    await secondWithPrevious.buildAll('works');
    const back = { version: 1 };
    const rolledBack = await secondWithPrevious.post('/v1/projections/works/rollback', back);
    expect(rolledBack.body).toMatchObject({ serving: 1, state: 'live' });
    await secondWithPrevious.deliver(await work('c'));
    expect(await statusOf(secondWithPrevious)).toMatchObject({ serving: 1 });
    expect((await secondWithPrevious.post('/v1/projections/works/rollback', back)).status).toBe(
      409,
    );
    await secondWithPrevious.post('/v1/projections/works/rollback', { version: 2 });

    await statusOf(second);
    expect((await second.post('/v1/projections/works/rollback', back)).status).toBe(409);
    expect((await second.post('/v1/projections/works/rollback')).status).toBe(400);
  });

  test('is what queries follow, in the batch that reads the rows', async () => {
    const marked = (version: number) =>
      rowsOf(`UPDATE works_v${version} SET last = 'version ${version}'`);
    const seen = async (at: Deployment) => {
      const { body } = await at.get(`/v1/queries/works/r${runs}-0`);
      return body.last;
    };
    await first.deliver(await work('a'));
    await marked(1);
    expect(await seen(first)).toBe('version 1');
    await statusOf(secondWithPrevious);
    expect(await seen(secondWithPrevious)).toBe('version 1');
    await secondWithPrevious.buildAll('works');
    await marked(2);
    expect(await seen(secondWithPrevious)).toBe('version 2');
    expect(await seen(first)).toBe('version 2');
    await secondWithPrevious.post('/v1/projections/works/rollback', { version: 1 });
    expect(await seen(secondWithPrevious)).toBe('version 1');
  });

  test('is followed though the newest version has no table yet', async () => {
    const third = deployment(appWith(works(4)));
    await first.deliver(await work('a'));
    expect((await third.get('/v1/queries/works')).status).toBe(200);
    expect((await third.get(`/v1/queries/works/r${runs}-0`)).body.last).toBe('a');
    expect(await third.build('works')).toBe('idle');
    const reason = 'Table works_v4 is missing: run `ledge migrations` and apply them.';
    expect(await statusOf(third)).toMatchObject({
      serving: 1,
      generations: [{}, { version: 4, state: 'inactive', reason }],
    });
  });

  test('protects its target from being dropped', async () => {
    await first.deliver(await work('a'));
    await statusOf(second);
    expect((await second.post('/v1/projections/works/drop', { version: 1 })).status).toBe(409);
    expect((await second.post('/v1/projections/works/drop', { version: 2 })).status).toBe(409);
    await second.buildAll('works');
    expect((await second.post('/v1/projections/works/drop', { version: 2 })).status).toBe(409);
    expect((await second.post('/v1/projections/works/drop', { version: 1 })).status).toBe(200);
    expect(await rowsIn(1)).toEqual([]);
    expect((await second.post('/v1/projections/works/drop', { version: 1 })).status).toBe(409);
  });

  test('allows a drop of what the code no longer defines', async () => {
    await first.deliver(await work('a', 'poison'));
    expect((await without.post('/v1/projections/works/drop', { version: 1 })).status).toBe(200);
    expect((await without.get('/v1/projections/works')).status).toBe(404);
    expect(await rowsOf('SELECT * FROM dead_letter')).toEqual([]);
    await first.buildAll('works');
    await statusOf(first);
    await first.buildAll('works');
    expect(await statusOf(first)).toMatchObject({ state: 'stopped' });
  });
});

test('N8 code that does not know a projection makes it inactive, code that does brings it back', async () => {
  await first.deliver(await work('a'));
  await without.deliver(await work('b', 'c'));
  expect(await statusOf(without)).toMatchObject({ state: 'inactive', version: null });
  const messages = await work('d');
  await first.deliver(messages);
  expect(first.woken).toContain('works');
  await first.buildAll('works');
  expect(await statusOf(first)).toMatchObject({ state: 'live', lag: { events: 0 } });
  expect(await rowsIn(1)).toEqual(await folded());
});

describe('N13 a position that is missing from the journal', () => {
  test('stops a build before it, with a reason that names it, and is a difference of a verification', async () => {
    for (const message of await work('a', 'b', 'c', 'd', 'e')) await first.deliver([message]);
    await losePage(3);
    await statusOf(second);
    expect(await second.build('works')).toBe('more');
    await expect(second.build('works')).rejects.toThrow('position 3 is missing');
    expect(await statusOf(second)).toMatchObject({
      serving: 1,
      generations: [{}, { reason: expect.stringContaining('position 3'), build: { done: 2 } }],
    });
    expect(await verified(first)).toMatchObject([
      { position: 'a0-3-00000000', what: 'a missing position' },
      { what: 'missing from the journal' },
    ]);
  });
});

test('N9 a hundred thousand events, shuffled streams and live writes end as a cold build does', async () => {
  await statusOf(first);
  for (let from = 0; from < 100_000; from += 10_000) {
    await storePages(
      Array.from({ length: 10_000 }, (_, index) => ({
        stream: `troublesome/g${((from + index) * 7_919) % 1_000}`,
        version: Math.floor((from + index) / 1_000) + 1,
        data: { note: `note ${from + index}` },
      })),
    );
  }
  await rowsOf(
    `INSERT INTO checkpoint (tenant, stream, projection, version) SELECT 'main', stream, '', count(*) FROM journal WHERE stream LIKE 'troublesome/g%' GROUP BY stream`,
  );
  await statusOf(second);
  const startedMs = performance.now();
  let pages = 0;
  while ((await second.build('works')) === 'more') {
    if (++pages % 5 === 0) {
      const messages = await work('live', 'live too');
      // Two builders and a consumer at once.
      await Promise.all([second.build('works'), second.build('works'), second.deliver(messages)]);
    }
  }
  console.log(
    `100,000 events built in ${Math.round(performance.now() - startedMs)} ms, ${pages} pages`,
  );
  expect(await statusOf(second)).toMatchObject({ state: 'live', serving: 2 });
  const built = await rowsIn(2);
  expect(built).toEqual(await folded());

  await second.post('/v1/projections/works/rebuild');
  await second.buildAll('works');
  expect(await rowsIn(2)).toEqual(built);
}, 60_000);
