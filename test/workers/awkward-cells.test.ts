/** What handlers and queries get wrong costs their own projection one event, or one answer, and nothing else. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { liveQueries } from '../../worker/live/live-query.ts';
import { waveReader } from '../../worker/live/read-wave.ts';
import { machineryFor } from '../../worker/runtime/machinery.ts';
import { deployment } from './support/deployment.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { createLedgers, ledgers } from './support/ledgers.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(async () => {
  for (const version of [1, 2]) await createLedgers(version);
  await createWorks(1);
});
beforeEach(async () => {
  const tables = ['journal_page', 'checkpoint', 'generation', 'serving_set', 'dead_letter'];
  const models = ['ledgers_v1', 'ledgers_v2', 'works_v1'];
  await env.DB.batch([...tables, ...models].map((name) => env.DB.prepare(`DELETE FROM ${name}`)));
});

const firstApp = appWith(ledgers(1), works(1, 'mended'));
const first = deployment(firstApp);
const second = deployment(appWith(ledgers(2, 'timestamp_ms'), works(1, 'mended')));
const without = deployment(appWith(works(1, 'mended')));

const MOST = Number.MAX_SAFE_INTEGER;

let runs = 0;

/** A message for each note, of streams of this test's own; `a` to `d` by the note's place, or all of stream `a`. */
async function work(notes: readonly unknown[], streams = 'abcd'): Promise<string[]> {
  runs++;
  const messages: string[] = [];
  for (const [index, note] of notes.entries()) {
    const id = `l${runs}-${streams[index % streams.length]}`;
    await send(`troublesome/${id}`, 'Work', { note: `${note}` });
    messages.push(...keptMessages());
  }
  return messages;
}

function totals(): Promise<unknown[]> {
  return rowsOf("SELECT total FROM ledgers_v1 WHERE id = 'all'");
}

function parked(): Promise<{ generation: string; stream: string; error: string }[]> {
  return rowsOf('SELECT generation, stream, error FROM dead_letter ORDER BY stream');
}

describe('K8 an event whose row change cannot be stored is parked for that projection alone', () => {
  test.each([
    ['surplus', 'ledgers has no column note: name the columns that it declares.'],
    ['returns nothing', 'The handler returned undefined: return what'],
    ['returns a promise', 'The handler returned a Promise: return what'],
    ['of another projection', "The handler changed others, which is another projection's."],
    ['text for a date', 'ledgers.at was given a text: give a valid Date.'],
    ['bigint in JSON', 'ledgers.tags was given an object: give a value that JSON carries'],
    ['half a character', 'ledgers.id was given a text with half of a surrogate pair'],
  ])('%s', async (note, message) => {
    const messages = await work([note, 'own', 3, 4]);
    expect(await first.deliver(messages)).toBe(0);
    expect(await parked()).toMatchObject([
      { generation: 'ledgers@1', stream: `troublesome/l${runs}-a`, error: expect.any(String) },
    ]);
    const [letter] = await parked();
    expect(letter?.error).toContain(message);
    expect(await rowsOf('SELECT id, total FROM ledgers_v1 ORDER BY id')).toEqual([
      { id: 'all', total: 7 },
      { id: `l${runs}-b`, total: 0 },
    ]);
    expect(await rowsOf('SELECT notes FROM works_v1')).toHaveLength(4);
    expect(await rowsOf('SELECT 1 FROM journal')).toHaveLength(4);
    const token = { 'consistent-with': `troublesome/l${runs}-a@1` };
    expect((await first.get('/v1/queries/ledgers', token)).status).toBe(409);
    expect((await first.get('/v1/queries/works', token)).status).toBe(200);
  });

  test('K9 and a build stops there, names the event, and shows why', async () => {
    await without.deliver(await work([1, 'surplus', 2]));
    await first.get('/v1/projections');
    await first.buildAll('ledgers');
    const { body } = await first.get('/v1/projections/ledgers');
    expect(body).toMatchObject({
      state: 'stopped',
      generations: [
        { reason: expect.stringMatching(/^Worked of troublesome.*ledgers has no column note/) },
      ],
    });
  });
});

describe('G7 a sum beyond 2^53 - 1 parks the event that leads there', () => {
  test.each(['in one batch', 'one by one'])('of several streams, %s', async (how) => {
    const messages = await work([MOST, 1, -5]);
    if (how === 'in one batch') await first.deliver(messages);
    else for (const message of messages) await first.deliver([message]);
    // Streams of one batch have no order among each other: where the -5 came before the 1, all of it fits.
    const [letter, ...others] = await parked();
    expect(others).toEqual([]);
    expect(await totals()).toEqual([{ total: letter ? MOST - 5 : MOST - 4 }]);
    if (how === 'one by one' || letter) {
      expect(letter).toMatchObject({ stream: `troublesome/l${runs}-b` });
      expect(letter?.error).toContain('ledgers.total: a sum beyond 2^53 - 1');
    }
    expect((await first.post('/v1/projections/ledgers/verify')).status).toBe(200);
    await first.buildAll('ledgers');
    const { body } = await first.get('/v1/projections/ledgers');
    expect(JSON.stringify(body)).toContain('"onlyLive":0,"onlyRecomputed":0');
  });

  test.each(['in one batch', 'one by one'])(
    'on the way of a stream, though its end would fit, %s',
    async (how) => {
      await first.deliver(await work([MOST - 1]));
      const messages = await work([1, 1, -10], 'a');
      if (how === 'in one batch') await first.deliver(messages);
      else for (const message of messages) await first.deliver([message]);
      expect(await totals()).toEqual([{ total: MOST }]);
      const at = `troublesome/l${runs}-a`;
      expect(await rowsOf('SELECT stream, version FROM dead_letter')).toEqual([
        { stream: at, version: 2 },
      ]);
    },
  );

  test('so that pages by any sum end', async () => {
    for (const [index, total] of [MOST, MOST - 1, -MOST, MOST - 1].entries()) {
      await rowsOf("INSERT INTO ledgers_v1 VALUES ('main', ?, ?, 0, NULL)", `r${index}`, total);
    }
    const ids: unknown[] = [];
    for (let next: string | undefined = ''; next !== undefined; ) {
      const page = await first.get(`/v1/queries/ledgers?sort=total&limit=1${next}`);
      const { rows, cursor } = page.body as { rows: { id: string }[]; cursor?: string };
      ids.push(...rows.map(({ id }) => id));
      next = cursor === undefined ? undefined : `&cursor=${cursor}`;
    }
    expect(ids).toEqual(['r2', 'r1', 'r3', 'r0']);
  });

  test('and a page that would end at a number which JavaScript rounds is a failure, not a circle', async () => {
    await first.get('/v1/queries/ledgers');
    await rowsOf("INSERT INTO ledgers_v1 VALUES ('main', 'x', 9007199254740993, 0, NULL)");
    expect((await first.get('/v1/queries/ledgers?sort=total&limit=1')).status).toBe(500);
    expect(faults.log).toContainEqual(
      expect.objectContaining({
        operation: 'http',
        reason: expect.stringContaining('ledgers.total holds what no row change stores'),
      }),
    );
  });
});

test('G6 a default comes from the definition, with any DEFAULT in the migration', async () => {
  await first.deliver(await work([1]));
  expect(await rowsOf('SELECT at, typeof(at) AS type FROM ledgers_v1')).toEqual([
    { at: 0, type: 'integer' },
  ]);
  const { body } = await first.get('/v1/queries/ledgers/all');
  expect(body).toEqual({ id: 'all', total: 1, at: '1970-01-01T00:00:00.000Z', tags: null });
});

test('Q11 a cursor of one version is refused by the next, which stores other values', async () => {
  await first.deliver(await work(['own', 'own', 'own']));
  const { body } = await first.get('/v1/queries/ledgers?sort=at&limit=1');
  const next = `/v1/queries/ledgers?sort=at&limit=1&cursor=${body.cursor}`;
  expect((await first.get(next)).status).toBe(200);
  await second.get('/v1/projections');
  await second.buildAll('ledgers');
  expect((await second.get('/v1/queries/ledgers?sort=at&limit=1')).status).toBe(200);
  expect(await second.get(next)).toMatchObject({
    status: 400,
    body: { errors: [{ at: 'cursor' }] },
  });
});

const unknownColumn = { reason: 'no such column: colour' };
const ofDomain = {
  error: 'Error',
  at: expect.arrayContaining([expect.stringContaining('ledgers.ts')]),
};

describe('Q12 a query that its own code makes impossible is a failure with its origin in the log', () => {
  test.each([
    ['ledgers-unknown-column', unknownColumn],
    ['ledgers-unknown-table', { reason: 'no such table: nowhere' }],
    ['ledgers-no-sql', { reason: 'SQLITE_ERROR' }],
    ['ledgers-thrown', ofDomain],
    ['ledgers-input', ofDomain],
  ])('%s', async (query, origin) => {
    expect(await first.get(`/v1/queries/${query}`)).toMatchObject({
      status: 500,
      body: { type: '/problems/failed' },
    });
    expect(faults.log).toContainEqual(
      expect.objectContaining({ level: 'error', query, ...origin }),
    );
  });

  test.each([
    ['ledgers-unknown-column', unknownColumn],
    ['ledgers-thrown', ofDomain],
    ['ledgers-input', ofDomain],
  ])('followed live, too: %s', async (query, origin) => {
    const machinery = machineryFor(firstApp, faultyPlatform);
    await first.get('/v1/queries/ledgers');
    const followed = liveQueries(machinery)(env, 'main', { query, rows: 'all' });
    const rows =
      'outcome' in followed
        ? followed
        : Object((await waveReader(machinery)(env, 'main', [followed], 'first-primary')).reads[0])
            .rows;
    expect(rows).toEqual({ outcome: 'failed' });
    expect(faults.log).toContainEqual(
      expect.objectContaining({ operation: 'query', query, ...origin }),
    );
  });

  test('B23 in a wave it fails alone: the queries beside it have their results', async () => {
    const machinery = machineryFor(firstApp, faultyPlatform);
    await first.deliver(await work([1]));
    await first.get('/v1/queries/ledgers');
    const prepare = liveQueries(machinery);
    const wave = ['ledgers', 'ledgers-unknown-column', 'ledgers', 'ledgers-thrown', 'ledgers'].map(
      (query, index) => {
        const input = query === 'ledgers' ? { limit: `${index + 1}` } : {};
        const prepared = prepare(env, 'main', { query, input, rows: 'all' });
        return 'outcome' in prepared ? expect.unreachable() : prepared;
      },
    );
    const { reads, bookmark } = await waveReader(machinery)(env, 'main', wave, 'first-primary');
    const failed = { rows: { outcome: 'failed' } };
    const read = { rows: [{ key: 'all' }] };
    expect(reads).toMatchObject([read, failed, read, failed, read]);
    expect(bookmark).not.toBeNull();
  });

  test('while a missing table and an outage of D1 are not its fault', async () => {
    await first.get('/v1/queries/ledgers');
    await rowsOf('ALTER TABLE ledgers_v1 RENAME TO ledgers_away');
    expect((await first.get('/v1/queries/ledgers')).status).toBe(503);
    await rowsOf('ALTER TABLE ledgers_away RENAME TO ledgers_v1');
    expect((await first.get('/v1/queries/ledgers')).status).toBe(200);
  });
});
