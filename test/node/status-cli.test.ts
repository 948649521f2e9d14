/** `ledge status`: its request, its output and its exit code. */
import { expect, test } from 'vitest';
import type { OperationsStatus } from '../../core/operator-shapes/operations-status.ts';
import { runCli } from './support/run-cli.ts';
import { ScriptedLedge } from './support/scripted-ledge.ts';

const at = '2026-11-21T10:00:00.000Z';

const well: OperationsStatus = {
  ...{ at, observedAt: at, alerts: [], unread: [] },
  databases: [
    {
      ...{ name: 'DB', bytes: 7_100_000_000, limitBytes: 10_000_000_000, events: 21_000_000 },
      ...{ growthBytesPerDay: 100_000_000, daysUntilFull: 29, givenUp: 0 },
      sealed: { bucket: true, events: 20_500_000 },
      lag: { events: 0, seconds: 0 },
    },
  ],
  queues: [{ name: 'EVENTS', messages: 12, bytes: 9_000, oldestSeconds: 2 }],
  projections: [
    {
      ...{ name: 'orders', database: 'DB', state: 'live', parked: 0 },
      lag: { events: 3, seconds: 61 },
    },
  ],
  undelivered: {
    ...{ streams: 0, events: 0, oldestSeconds: 0, timers: 0, actions: 0, restored: 0 },
    ...{ subscriptions: 0, schedules: 0, groups: 0, unlisted: 0 },
  },
};

async function run(body: OperationsStatus, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(() => ({ body }));
  const ran = await runCli('status', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines };
}

test('MX14 one page: each database, queue and projection, and that all is well', async () => {
  const { code, stdout, lines } = await run(well);
  expect([code, lines]).toEqual([0, ['GET /v1/status']]);
  expect(
    stdout,
  ).toBe(`database DB   7,100 MB of 10,000 MB, 71 %  100 MB a day, full in 29 days  21,000,000 events, 20,500,000 sealed
queue EVENTS  12 messages                  oldest 2 s
undelivered  0 events of 0 streams; 0 timers that cannot fire

projection  database  state  lag             parked
orders      DB        live   3 events, 61 s  0

The cron looked last at ${at}.
No alert is open.
`);
});

test('MX14 an alert and a part that cannot be read are lines with what to do, and the exit code is 1', async () => {
  const alert = { alert: 'dead-letters', subject: 'orders', since: at } as const;
  const troubled: OperationsStatus = {
    ...well,
    ...{ queues: [], undelivered: null, observedAt: null },
    alerts: [{ ...alert, cause: 'Events are parked.', remedy: 'Redrive them.' }],
    unread: [{ part: 'queue', name: 'EVENTS', kind: 'overloaded' }],
  };
  const { code, stdout } = await run(troubled);
  expect(code).toBe(1);
  expect(stdout).toContain('undelivered events: unknown');
  expect(stdout).toContain(
    `dead-letters orders, since ${at}: Events are parked. Redrive them.\nqueue EVENTS cannot be read (overloaded): its figures are missing.\nThe cron has not run yet.`,
  );
  expect(JSON.parse((await run(troubled, '--json')).stdout)).toEqual(troubled);
});
