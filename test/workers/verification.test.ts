/** `ledge verify`: the journal against logs and checkpoints, by requests whose cost does not grow with the journal. */
import { beforeEach, describe, expect, test } from 'vitest';
import { deployment } from './support/deployment.ts';
import { testApp } from './support/entry.ts';
import { faults } from './support/faults.ts';
import { keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { losePage, pages, storePages } from './support/journal-pages.ts';
import { verifiedJournal } from './support/verified-journal.ts';

const server = deployment(testApp);

useKeptQueue();
beforeEach(async () => {
  for (const table of ['journal_page', 'checkpoint']) await rowsOf(`DELETE FROM ${table}`);
});

let streams = 0;

/** A stream of this test's own whose events are each a page of the journal, in turns with another's. */
async function stream(events: number): Promise<`troublesome/${string}`> {
  const name = `troublesome/v${++streams}` as const;
  for (let version = 1; version <= events; version++) {
    await send(name, 'Work', { note: `${version}` });
    await send(`troublesome/w${streams}`, 'Work');
    for (const message of keptMessages()) await server.deliver([message]);
  }
  return name;
}

/** Takes an event out of the journal as no code does: later positions are one less. */
async function lose(name: string, version: number): Promise<void> {
  const [found] = await rowsOf<{ position: number }>(
    'SELECT position FROM journal WHERE stream = ? AND version = ?',
    ...[name, version],
  );
  const position = found?.position ?? 0;
  expect((await pages()).find(([first]) => first === position)).toEqual([position, 1]);
  await losePage(position);
  const later = (await pages()).map(([first]) => first).filter((first) => first > position);
  for (const first of later)
    await rowsOf('UPDATE journal_page SET first = first - 1 WHERE first = ?', first);
}

async function differences(limit?: number): Promise<unknown> {
  return (await verifiedJournal(server, limit === undefined ? {} : { limit })).differences;
}

describe('N17 a verification finds an event that is missing from the journal', () => {
  test.each([1, 2, 3, 1_000])(
    'at the start, in the middle, at the end: %i events a page',
    async (limit) => {
      const name = await stream(4);
      expect(await differences(limit)).toEqual([]);
      for (const lost of [4, 2, 1]) {
        await lose(name, lost);
        expect(await differences(limit)).toContainEqual(
          expect.objectContaining({
            stream: name,
            version: lost,
            what: 'missing from the journal',
          }),
        );
      }
    },
  );

  test('and a stream of which the journal has nothing', async () => {
    await stream(2);
    await rowsOf(
      "INSERT INTO checkpoint (tenant, stream, projection, version) VALUES ('main', 'troublesome/nothing', '', 3)",
    );
    expect(await differences()).toMatchObject([
      { stream: 'troublesome/nothing', version: 1, what: 'missing from the journal' },
    ]);
  });

  test('and one that is ahead of its checkpoint', async () => {
    const name = await stream(3);
    await rowsOf("UPDATE checkpoint SET version = 2 WHERE stream = ? AND projection = ''", name);
    expect(await differences()).toMatchObject([
      { stream: name, version: 3, what: 'ahead of its checkpoint' },
    ]);
  });

  test.each([1, 1_000])(
    'and an event that the journal has twice: %i events a page',
    async (limit) => {
      const name = await stream(3);
      await rowsOf(
        `INSERT INTO journal_page (first, tenant, types, events, first_recorded_at, body)
       SELECT (SELECT max(first) + 1 FROM journal_page), tenant, types, events, first_recorded_at, body
       FROM journal_page WHERE body ->> '$[0][0]' = ? AND body ->> '$[0][1]' = 2`,
        name,
      );
      expect(await differences(limit)).toMatchObject([
        { stream: name, version: 2, what: 'out of order in the journal' },
      ]);
    },
  );
});

test('N18 events and streams that arrive during a verification are no difference', async () => {
  const name = await stream(3);
  let rounds = 0;
  const verified = await verifiedJournal(server, {
    limit: 2,
    beforeCheckpoints: async () => {
      rounds++;
      await send(name, 'Work');
      await send(`troublesome/new${streams}`, 'Work');
      await server.deliver(keptMessages());
    },
  });
  expect(rounds).toBe(1);
  expect(verified).toMatchObject({ checked: 8, differences: [] });
});

test('N19 no request of a verification reads more than its page, however long the journal is', async () => {
  for (const hundreds of [20, 20]) {
    for (let batch = 0; batch < hundreds; batch++) {
      await storePages(...Array.from({ length: 100 }, () => [{}]));
    }
    const [{ events } = { events: 0 }] = await rowsOf<{ events: number }>(
      'SELECT count(*) AS events FROM journal_page',
    );
    await rowsOf(
      `INSERT OR IGNORE INTO checkpoint (tenant, stream, projection, version) SELECT 'main', 'troublesome/z' || value, '', 1 FROM json_each(?)`,
      JSON.stringify(Array.from({ length: events }, (_, index) => index)),
    );
    expect(await costs('/v1/verify', ({ done, after }) => !done && { after })).toEqual({
      requests: events / 1_000,
      rowsRead: expect.toSatisfy(
        (rows: number) => rows <= 2 * (ROWS_PER_PAGE * 1_000 + ROWS_PER_READ),
      ),
    });
    const checkpoints = await costs('/v1/verify/checkpoints', ({ after }) => after && { after });
    expect(checkpoints.requests).toBe(events / 1_000 + 1);
    expect(checkpoints.rowsRead).toBeLessThanOrEqual(1_010);
  }
});

/** Of a stored page with one event. A request reads a thousand of them twice: one event more tells whether it is done. */
const ROWS_PER_PAGE = 5;

/** Of a read beside its pages: the journal's ends, the newest segment, the tenant. */
const ROWS_PER_READ = 22;

/** All requests of a walk, and the most rows that D1 read for one of them. */
async function costs(
  path: string,
  next: (body: Record<string, unknown>) => object | false | unknown,
): Promise<{ requests: number; rowsRead: number }> {
  const cost = { requests: 0, rowsRead: 0 };
  for (let input: unknown = {}; input; cost.requests++) {
    faults.rowsRead = 0;
    const { body } = await server.post(path, input);
    cost.rowsRead = Math.max(cost.rowsRead, faults.rowsRead);
    input = next(body);
  }
  return cost;
}
