/** `/v1/status` and `/v1/metrics`: what they know, what they leave out, what they cost, and which callers they answer. */
import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { alertNames } from '../../core/failures/alerts.ts';
import { deployment } from './support/deployment.ts';
import { faults } from './support/faults.ts';
import { askAs, principals } from './support/guarded-shop.ts';
import { env, keptMessages, rowsOf, send, useKeptQueue } from './support/harness.ts';
import { readOpenMetrics } from './support/openmetrics.ts';
import { appWith, createWorks, works } from './support/works.ts';

useKeptQueue();
beforeAll(() => createWorks(1));

const server = deployment(appWith(works(1)));

const DAY_MS = 86_400_000;

beforeEach(async () => {
  faults.health = 'real';
  await server.get('/v1/projections');
});

/** Not the first of an hour. */
const TICK = 61_000;

async function tick(scheduledTime = TICK): Promise<void> {
  await server.worker.scheduled({ scheduledTime } as ScheduledController, server.env);
}

async function metrics() {
  const request = new Request('http://ledge.test/v1/metrics');
  const response = await server.worker.fetch(request, server.env);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  );
  const text = await response.text();
  const families = readOpenMetrics(text);
  const figure = (name: string, labels: object = {}) =>
    families
      .get(name)
      ?.samples.find((one) =>
        Object.entries(labels).every(([label, value]) => one.labels[label] === value),
      )?.value;
  return { text, families, figure };
}

async function work(note: string): Promise<string> {
  const stream = `troublesome/ann-${crypto.randomUUID()}` as const;
  expect((await send(stream, 'Work', { note })).status).toBe(200);
  await server.deliver(keptMessages());
  return stream;
}

test('MX7 the metrics are the figures of a deployment at work', async () => {
  await work('fine');
  await work('poison');
  faults.clockSkewMs += 100_000;
  const { figure, families } = await metrics();
  const own = { projection: 'works', database: 'DB' };
  expect(figure('ledge_projection_lag_events', own)).toBe(1);
  expect(figure('ledge_projection_lag_seconds', own)).toBeGreaterThanOrEqual(100);
  expect(figure('ledge_projection_parked_streams', own)).toBe(1);
  const live = { ...own, ledge_projection_state: 'live' };
  expect(figure('ledge_projection_state', live)).toBe(1);
  expect(figure('ledge_projection_lag_events', { projection: 'orders' })).toBe(0);
  expect(figure('ledge_journal_events', { database: 'DB' })).toBeGreaterThanOrEqual(2);
  expect(figure('ledge_database_size_bytes')).toBeGreaterThan(1_000);
  expect(figure('ledge_database_limit_bytes')).toBe(10_000_000_000);
  expect(figure('ledge_queue_backlog_messages', { queue: 'EVENTS' })).toBe(0);
  expect(figure('ledge_undelivered_events')).toBe(0);
  expect(figure('ledge_alerts', { alert: 'dead-letters' })).toBe(1);
  expect(figure('ledge_alerts', { alert: 'database-unreachable' })).toBe(0);
  // Nothing is known of it before a day has passed.
  expect(families.get('ledge_database_full_seconds')?.samples).toEqual([]);
  await deployment(appWith(works(1, 'mended'))).post('/v1/redrive', { projection: 'works' });
});

test('MX5 a size a day is kept, a month of them, and the growth is shown after a day', async () => {
  const kept = env.HEALTH.getByName('observations');
  await tick();
  await tick();
  const sizes = () =>
    runInDurableObject(kept, (_object, { storage }) =>
      storage.sql.exec('SELECT day, bytes FROM database_size').toArray(),
    );
  expect(await sizes()).toHaveLength(1);
  await runInDurableObject(kept, (_object, { storage }) => {
    storage.sql.exec('UPDATE database_size SET bytes = 1000');
  });
  faults.clockSkewMs += 2 * DAY_MS;
  const { body } = await server.get('/v1/status');
  const [{ bytes, growthBytesPerDay, daysUntilFull }] = body.databases as [Record<string, number>];
  expect(growthBytesPerDay).toBeCloseTo((Number(bytes) - 1_000) / 2, -1);
  expect(daysUntilFull).toBeCloseTo((1e10 - Number(bytes)) / Number(growthBytesPerDay), -1);
  for (let day = 0; day < 33; day++) {
    faults.clockSkewMs += DAY_MS;
    await tick();
  }
  expect(await sizes()).toHaveLength(31);
  await evictDurableObject(kept);
});

test('MX8 a part that cannot be read is said, and its figures are missing and not 0', async () => {
  faults.beforeTrip = () => {
    throw new Error('D1_ERROR: Network connection lost.');
  };
  const metricsAway = async () => {
    throw new Error('Queue is overloaded.');
  };
  const away = {
    ...server.env,
    EVENTS: Object.assign(Object.create(env.EVENTS), { metrics: metricsAway }),
    HEALTH: {
      getByName: () => {
        throw new Error('Internal error in Durable Object storage.');
      },
    },
  };
  const request = new Request('http://ledge.test/v1/metrics');
  const response = await server.worker.fetch(request, away);
  const families = readOpenMetrics(await response.text());
  const known = [...families].filter(([, { samples }]) => samples.length > 0);
  expect(known.map(([name]) => name)).toEqual(['ledge_alerts', 'ledge_unread_parts']);
  expect(families.get('ledge_unread_parts')?.samples.map(({ value }) => value)).toEqual([
    1, 1, 1, 1,
  ]);
  expect(families.get('ledge_alerts')?.samples).toMatchObject([
    { labels: { alert: 'database-unreachable' }, value: 1 },
  ]);
});

test('MX9 a scrape reads a bounded number of rows, however much there is', async () => {
  const scrape = async () => {
    faults.rowsRead = 0;
    let trips = 0;
    faults.beforeTrip = () => void trips++;
    await metrics();
    faults.beforeTrip = () => undefined;
    return { rows: faults.rowsRead, trips };
  };
  const before = await scrape();
  await rowsOf(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO journal_page (first, tenant, types, events, first_recorded_at, body)
    SELECT (SELECT max(position) FROM journal) + i, 'main', '["x/T"]', 1, '2026', json_array(
      json_array('x/' || i, 1, 'i', 'T', 1, json('{}'), '2026', '2026', json('{}'))) FROM n`);
  await rowsOf(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    INSERT INTO dead_letter (tenant, id, generation, stream, version, type, event, error, stack, attempts, status,
      parked_at)
    SELECT 'main', 'works@1/x/' || i, 'works@1', 'x/' || i, 1, 'T', '{"recordedAt":"2026"}', '', '', 1, 'discarded', '2026'
    FROM n`);
  expect(await scrape()).toEqual(before);
  expect(before.rows).toBeLessThan(60);
  expect(before.trips).toBe(2);
  await rowsOf("UPDATE dead_letter SET status = 'parked' WHERE status = 'discarded'");
  const many = await scrape();
  expect(many.rows).toBeLessThan(5_000);
  await rowsOf("DELETE FROM dead_letter WHERE id LIKE 'works@1/x/%'");
});

test('MX10 labels are names of the code: no tenant, no stream, no id', async () => {
  const stream = await work('poison');
  const { text, families } = await metrics();
  for (const secret of [stream, stream.slice(12), 'ann-', '"main"', 'cannot take poison'])
    expect(text).not.toContain(secret);
  const labels = [...families.values()].flatMap(({ samples }) =>
    samples.flatMap((one) => Object.keys(one.labels)),
  );
  expect(new Set(labels)).toEqual(
    new Set([...['database', 'queue', 'projection', 'ledge_projection_state', 'alert', 'part']]),
  );
  expect(families.get('ledge_alerts')?.samples).toHaveLength(alertNames.length);
  await deployment(appWith(works(1, 'mended'))).post('/v1/redrive', { projection: 'works' });
});

describe('MX11 the role monitor of the deployment reads status and metrics, and nothing else', () => {
  principals.set('monitor-token', { id: 'service:scraper', tenant: 'ledge', roles: ['monitor'] });
  principals.set('tenant-monitor-token', { id: 'x', tenant: 'acme', roles: ['monitor'] });

  test.each(['/v1/status', '/v1/metrics'])('%s', async (path) => {
    expect((await askAs('monitor-token', path)).status).toBe(200);
    expect((await askAs('platform-operator-token', path)).status).toBe(200);
    for (const other of ['tenant-monitor-token', 'operator-token', 'platform-admin-token'])
      expect((await askAs(other, path)).status).toBe(403);
  });

  test.each(['/v1/projections', '/v1/dead-letters', '/ready', '/v1/keys', '/v1/audit'])(
    'not %s',
    async (path) => {
      expect((await askAs('monitor-token', path)).status).toBe(403);
    },
  );
});

test('MX12 an idle deployment costs few rows and requests a day', async () => {
  await tick();
  faults.rowsRead = 0;
  let trips = 0;
  faults.beforeTrip = () => void trips++;
  await tick();
  const TICKS = 1_440;
  const eachTick = faults.rowsRead * TICKS;
  await tick(0);
  trips /= 2;
  const rows = eachTick + (faults.rowsRead - eachTick / TICKS) * 24;
  console.log(`Idle: ${rows} rows read and ${trips * TICKS} trips to D1 a day.`);
  expect(rows).toBeLessThan(110_000);
  expect(trips * TICKS).toBeLessThan(15_000);
});
