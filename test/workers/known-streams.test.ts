/** The list of known streams by the beginning of their ids. */
import { beforeAll, expect, test } from 'vitest';
import { faults } from './support/faults.ts';
import { createTables, get, rowsOf } from './support/harness.ts';

const OTHERS = 3_000;
const PAGE = 10;

beforeAll(async () => {
  await createTables();
  const insert = `INSERT INTO checkpoint (tenant, stream, projection, version)`;
  await rowsOf(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
     ${insert} SELECT 'main', 'order/' || char(97 + i % 3) || '-' || i, '', 1 FROM n`,
    OTHERS,
  );
  const own = ['o', 'o-1', 'o-10', 'o-2', 'o~', 'p', '..a'].map((id) => `order/${id}`);
  for (const [tenant, stream] of [
    ...own.map((stream) => ['main', stream]),
    ...['orders/o-1', 'product/o-1'].map((stream) => ['main', stream]),
    ['other', 'order/o-3'],
  ]) {
    await rowsOf(`${insert} VALUES (?, ?, '', 7)`, tenant, stream);
  }
});

async function idsOf(query: string): Promise<string[]> {
  const { status, body } = await get(`/v1/streams/order?${query}`);
  expect(status).toBe(200);
  const streams = body.streams as { stream: string }[];
  return streams.map(({ stream }) => stream.replace('order/', ''));
}

test('H70 a prefix has the streams of the tenant whose ids begin with it, a whole id, too', async () => {
  expect(await idsOf('prefix=o')).toEqual(['o', 'o-1', 'o-10', 'o-2', 'o~']);
  expect(await idsOf('prefix=o-1')).toEqual(['o-1', 'o-10']);
  expect(await idsOf('prefix=..')).toEqual(['..a']);
  expect(await idsOf('prefix=o-9')).toEqual([]);
});

test('H70 pages follow each other without a gap, and a cursor is of its prefix alone', async () => {
  const seen: string[] = [];
  let path: string | undefined = '/v1/streams/order?prefix=o&limit=2';
  let cursor = '';
  while (path) {
    const { body, headers } = await get(path);
    seen.push(...(body.streams as { stream: string }[]).map(({ stream }) => stream));
    cursor = (body.cursor as string | undefined) ?? cursor;
    path = /<(.*)>/.exec(headers.get('link') ?? '')?.[1];
  }
  expect(seen).toEqual(['o', 'o-1', 'o-10', 'o-2', 'o~'].map((id) => `order/${id}`));
  for (const other of ['', 'prefix=p&', 'prefix=o-&']) {
    expect(await get(`/v1/streams/order?${other}cursor=${cursor}`)).toMatchObject({
      status: 400,
      body: { errors: [{ at: 'cursor' }] },
    });
  }
});

test('H70 what no id begins with is refused', async () => {
  for (const prefix of ['', '%2F', '%3Cb%3E', 'a'.repeat(129)]) {
    expect(await get(`/v1/streams/order?prefix=${prefix}`)).toMatchObject({
      status: 400,
      body: { errors: [{ at: 'prefix' }] },
    });
  }
});

test('H71 a page reads its rows and no others, however many streams there are', async () => {
  for (const [query, rows] of [
    ['prefix=o', 5],
    [`prefix=a&limit=${PAGE}`, PAGE],
    [`limit=${PAGE}`, PAGE],
  ] as const) {
    await get(`/v1/streams/order?${query}`);
    faults.rowsRead = 0;
    expect(await idsOf(query)).toHaveLength(rows);
    expect(faults.rowsRead).toBeGreaterThanOrEqual(rows);
    expect(faults.rowsRead).toBeLessThanOrEqual(rows + 3);
  }
});
