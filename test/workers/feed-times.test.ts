/** Subscriptions and consumer groups that begin at a time. */
import { describe, expect, test } from 'vitest';
import { JOURNAL_START } from '../../core/plan/journal-position.ts';
import { positionAtTime } from '../../worker/publications/feed/position-at-time.ts';
import { cloudflare } from '../../worker/runtime/platform.ts';
import { faults, faultyPlatform } from './support/faults.ts';
import { env, rowsOf, useKeptQueue } from './support/harness.ts';
import {
  ask,
  done,
  eventId,
  publish,
  publishing,
  run,
  subscribe,
  useWebhookTarget,
} from './support/subscribing.ts';
import { webhookTarget } from './support/webhook-target.ts';

useKeptQueue();
useWebhookTarget();

const DAY_MS = 24 * 3_600_000;
const FIRST_MS = Date.UTC(2026, 9, 1);
const feed = { tenant: 'main', publication: 'works' };
const dayText = (day: number, ms = 0) => new Date(FIRST_MS + day * DAY_MS + ms).toISOString();

/** A page each day, of two events. */
async function publishedDays(days: number): Promise<void> {
  for (let day = 0; day < days; day++) await publish(['one', `${day}`], ['two', `${day}`]);
  const [first = { first: 0 }] = await pages();
  await env.DB.prepare('UPDATE publication_page SET published_at = ? + ? * ((first - ?) / 2)')
    .bind(FIRST_MS, DAY_MS, first.first)
    .run();
}

const pages = () =>
  rowsOf<{ first: number; events: number; published_at: number }>(
    'SELECT first, events, published_at FROM publication_page ORDER BY first',
  );

describe('PB17 a time has a place in a feed', () => {
  test('each page has the time at which it was published, which never falls', async () => {
    const before = Date.now();
    await publish(['one', 'a']);
    const [page] = await pages();
    expect(page?.published_at).toBeGreaterThanOrEqual(before - 1_000);
    expect(page?.published_at).toBeLessThanOrEqual(Date.now() + 1_000);
    // As if the clock had been put back since.
    const ahead = Date.now() + DAY_MS;
    await env.DB.prepare('UPDATE publication_page SET published_at = ?').bind(ahead).run();
    await publish(['one', 'b']);
    expect((await pages()).map(({ published_at }) => published_at)).toEqual([ahead, ahead]);
  });

  test('behind which is all that was published since, and what clocks may differ by', async () => {
    await publishedDays(5);
    const at = async (text: string) =>
      (await positionAtTime(env.DB, feed, Date.parse(text))).position;
    const positions = [
      ...[await at(dayText(-1)), await at(dayText(0)), await at(dayText(0, 9_999))],
      ...[await at(dayText(0, 10_001)), await at(dayText(1)), await at(dayText(3, 60_000))],
      ...[await at(dayText(4)), await at(dayText(4, 10_001)), await at(dayText(400))],
    ];
    expect(positions).toEqual([0, 0, 0, 2, 2, 8, 8, 10, 10]);
    expect(await positionAtTime(env.DB, { ...feed, publication: 'none' }, FIRST_MS)).toEqual(
      JOURNAL_START,
    );
  });

  test('which one trip finds, for at most 60 rows of 20,000 pages', async () => {
    await env.DB.prepare(
      `WITH RECURSIVE page (number) AS (SELECT 0 UNION ALL SELECT number + 1 FROM page WHERE number < 19999)
      INSERT INTO publication_page (tenant, publication, first, events, types, journal, published_at, body)
      SELECT 'main', 'works', 1 + number * 3, 3, '[]', 0, number, '[]' FROM page`,
    ).run();
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    faults.rowsRead = 0;
    const database = (faultyPlatform.database ?? cloudflare.database)(env, 0);
    const at = await positionAtTime(database, feed, 12_345 + 10_000);
    faults.beforeTrip = () => undefined;
    expect([at.position, trips]).toEqual([12_345 * 3, 1]);
    expect(faults.rowsRead).toBeGreaterThan(0);
    expect(faults.rowsRead).toBeLessThanOrEqual(60);
  });
});

const received = () => webhookTarget.delivered.map(({ id }) => id);

describe('SU21 a subscription begins at a time, and is replayed from one', () => {
  test('with what was published since, in any zone', async () => {
    await publishedDays(3);
    const { id } = await subscribe({ from: '2026-10-03T01:00:00+01:00' });
    await run(id);
    expect(received()).toEqual([eventId('one', 3), eventId('two', 3)]);
    webhookTarget.reset();
    await done(id, 'replay', { from: dayText(1) });
    await run(id);
    expect(new Set(received())).toEqual(
      new Set([eventId('one', 2), eventId('two', 2), eventId('one', 3), eventId('two', 3)]),
    );
  });

  test('a time to come and one that is none are refused', async () => {
    const { id } = await subscribe({ from: dayText(0) });
    const later = new Date(Date.now() + DAY_MS).toISOString();
    for (const from of [later, '2026-11-31T00:00:00Z', '2026-11-01', '2026-11-01T00:00:00']) {
      const answer = await ask('POST', `/${id}/replay`, { from });
      expect([answer.status, answer.body.errors]).toMatchObject([400, [{ at: '/from' }]]);
    }
  });
});

test('CG20 a consumer group begins at a time', async () => {
  await publishedDays(3);
  const { post } = publishing;
  const made = await post('/v1/groups', { name: 'timed', publication: 'works', from: dayText(2) });
  expect(made.status, JSON.stringify(made.body)).toBe(201);
  const { body } = await post('/v1/groups/timed/receive', { max: 10 });
  const ids = [body.messages].flat().map((message) => Object(message).event.id);
  expect(new Set(ids)).toEqual(new Set([eventId('one', 3), eventId('two', 3)]));
  const later = new Date(Date.now() + DAY_MS).toISOString();
  const refused = { name: 'later', publication: 'works', from: later };
  expect((await post('/v1/groups', refused)).status).toBe(400);
});
