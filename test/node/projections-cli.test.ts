/** `ledge projections`: its requests, its output and its exit code. */

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { UndeliveredStreams } from '../../core/failures/incident-shapes.ts';
import { fullDatabase, projectionList } from './support/operator-answers.ts';
import { ranCli, runCli, startCli } from './support/run-cli.ts';
import { type Answer, problem, ScriptedLedge } from './support/scripted-ledge.ts';
import {
  compared,
  type Generation,
  ordersWith,
  rebuilding,
  serving,
  servingAnew,
  verification,
} from './support/statuses.ts';

/** Answers each request with the next of these, and then always with the last one. */
function startLedge(
  ...answers: readonly (Answer | readonly Generation[])[]
): Promise<ScriptedLedge> {
  return ScriptedLedge.start((_asked, number) => {
    const answer = answers[Math.min(number, answers.length) - 1] ?? [];
    return Array.isArray(answer) ? { body: ordersWith(...answer) } : (answer as Answer);
  });
}

function projections(ledge: ScriptedLedge, ...args: string[]) {
  return runCli('projections', ...args, '--url', ledge.url);
}

describe('the status', () => {
  const upgrade: readonly Generation[] = [
    {
      ...serving,
      parked: 2,
      lag: { events: 1_234, seconds: 100 },
      reason: 'Error: no\n\u001b[31mway',
    },
    { version: 2, state: 'stopped', done: 1_000, reason: 'OrderPlaced of order/o-1@1: Error: no' },
    verification('verified', [compared(0, 0)]),
  ];
  const body = projectionList(ordersWith(...upgrade), {
    ...ordersWith(serving),
    name: 'customers',
  });

  test('is a table, with a line for everything that does not simply serve', async () => {
    await using ledge = await startLedge({ body });
    const { code, stdout, stderr } = await projections(ledge);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'projection  version  serving  state  lag                  parked  last error',
      'orders      2        1        live   1,234 events, 2 min  2       Error: no \uFFFD[31mway',
      '  orders@2: stopped at 1,000 of 4,000 events. OrderPlaced of order/o-1@1: Error: no',
      '  orders@1 verification, 2026-11-21T10:00:00.000Z: no difference',
      'customers   1        1        live   0                    0       -',
      '',
    ]);
    expect(ledge.lines).toEqual(['GET /v1/projections']);
  });

  test('K9 prints why a build cannot continue', async () => {
    const reason = 'Error: no table\norders_v1';
    await using ledge = await startLedge({
      body: projectionList(ordersWith(serving, { ...rebuilding(0), reason })),
    });
    const { stdout } = await projections(ledge);
    expect(stdout).toContain('It cannot go on: Error: no table orders_v1\n');
  });

  test('is the server’s response, on one line, with --json', async () => {
    await using ledge = await startLedge({ body });
    const { code, stdout } = await projections(ledge, '--json');
    expect([code, JSON.parse(stdout)]).toEqual([0, body]);
    expect(stdout.trimEnd()).not.toContain('\n');
  });

  test('X6 names undelivered streams and the obstacle of a build, and exits with 1', async () => {
    const reason = 'Table orders_v2 is missing: run `ledge migrations` and apply them.';
    const undelivered: UndeliveredStreams = {
      ...{ streams: 1, events: 1, oldestAt: null, timers: 1, actions: 0, restored: 0 },
      ...{ subscriptions: 0, schedules: 0, groups: 0, unlisted: 0 },
      incidents: [fullDatabase(1)],
    };
    const stuck = ordersWith(serving, { version: 2, state: 'catching-up', done: 0, reason });
    await using ledge = await startLedge({ body: { ...projectionList(stuck), undelivered } });
    const { code, stdout } = await projections(ledge);
    expect(code).toBe(1);
    expect(stdout).toContain(`It cannot go on: ${reason}`);
    expect(stdout).toContain(
      [
        '1 stream with 1 event that the journal lacks, 1 timer that cannot fire',
        '  order/o-9@2, the journal has 1 of it: D1 is full. Make room.',
      ].join('\n'),
    );
  });

  test('of one projection is requested by its name, with the token', async () => {
    await using ledge = await startLedge([serving]);
    const { code } = await projections(ledge, 'a b/c', '--token', 'secret');
    expect([code, ledge.lines]).toEqual([0, ['GET /v1/projections/a%20b%2Fc']]);
    expect(ledge.asked[0]?.authorization).toBe('Bearer secret');
  });
});

describe('O28 of several databases', () => {
  const second = { database: 'DB_2' };
  const both = [serving, { ...serving, ...second }];

  test('what is built, parked or behind is named with its database', async () => {
    const lagging = { ...serving, ...second, parked: 1, lag: { events: 7, seconds: 9 } };
    await using ledge = await startLedge({
      body: projectionList(ordersWith(serving, lagging, { ...rebuilding(1_000), ...second })),
    });
    const { stdout } = await projections(ledge);
    expect(stdout.split('\n').slice(2, 4)).toEqual([
      '  orders@1 in DB_2: live, 1 parked, lag 7 events, 9 s',
      '  orders@1 rebuild in DB_2: 1,000 of 4,000 events, 25%, 2,000 events/s, 2 s left',
    ]);
  });

  test('a rebuild is watched in each, also where one is over before it is looked at', async () => {
    await using ledge = await startLedge(
      [...both, rebuilding(0), { ...rebuilding(0), ...second }],
      // The second is over while the first is watched.
      [serving, { ...servingAnew, ...second }, rebuilding(2_000)],
      [servingAnew, { ...servingAnew, ...second }],
    );
    const { code, stdout } = await projections(ledge, 'rebuild', 'orders');
    expect([code, stdout.trim().split('\n')]).toEqual([
      0,
      ['orders@1 in DB serves.', 'orders@1 in DB_2 serves.'],
    ]);
  });

  test('a difference in one of them is the exit code, whichever it is', async () => {
    const verified = (onlyLive: number) => [
      { ...verification('verified', [compared(0, 0)]) },
      { ...verification('verified', [compared(onlyLive, 0)]), ...second },
    ];
    const started = [
      ...both,
      verification('catching-up'),
      { ...verification('catching-up'), ...second },
    ];
    await using ledge = await startLedge(started, [...both, ...verified(3)]);
    const { code, stdout } = await projections(ledge, 'verify', 'orders');
    expect(code).toBe(1);
    expect(stdout).toContain('orders@1 verification in DB\n');
    expect(stdout).toContain('orders@1 verification in DB_2\n');
    expect(stdout).toContain('The tables differ from the journal.');
  });

  test('one can be named: each request names it', async () => {
    await using ledge = await startLedge(
      [
        { ...serving, ...second },
        { ...rebuilding(0), ...second },
      ],
      [{ ...servingAnew, ...second }],
    );
    const { code, stdout } = await projections(ledge, 'rebuild', 'orders', '--database', 'DB_2');
    expect([code, stdout]).toEqual([0, 'orders@1 serves.\n']);
    expect(ledge.lines).toEqual([
      'POST /v1/projections/orders/rebuild?database=DB_2',
      'GET /v1/projections/orders?database=DB_2',
    ]);
  });
});

describe('O1 a rebuild is watched to its end', () => {
  test('0 when it serves', async () => {
    await using ledge = await startLedge(
      [serving, rebuilding(0)],
      [serving, rebuilding(1_000)],
      [serving, rebuilding(3_500)],
      [servingAnew],
    );
    const ran = await projections(ledge, 'rebuild', 'orders');
    expect(ran).toEqual({ code: 0, stdout: 'orders@1 serves.\n', stderr: '' });
    expect(ledge.lines.slice(0, 2)).toEqual([
      'POST /v1/projections/orders/rebuild',
      'GET /v1/projections/orders',
    ]);
    expect(ledge.asked[0]?.input).toEqual({});
  });

  test('0 when it was over before it could be watched', async () => {
    await using ledge = await startLedge([servingAnew]);
    const { code, stdout } = await projections(ledge, 'rebuild', 'orders');
    expect([code, stdout]).toEqual([0, 'orders: version 1 serves, nothing is being built.\n']);
  });

  test('0 for a first build that comes into step', async () => {
    const next: Generation = { version: 2, state: 'catching-up', done: 10 };
    await using ledge = await startLedge(
      [serving, next],
      [{ ...next, state: 'live', serving: true }],
    );
    const { code, stdout } = await projections(ledge, 'restart', 'orders');
    expect([code, stdout]).toEqual([0, 'orders@2 serves.\n']);
    expect(ledge.lines[0]).toBe('POST /v1/projections/orders/restart');
  });

  test('1 with the reason when it stops at an event', async () => {
    const stopped: Generation = {
      ...rebuilding(1_000),
      state: 'stopped',
      reason: 'OrderPlaced of order/o-1@1: no',
    };
    await using ledge = await startLedge([serving, rebuilding(0)], [serving, stopped]);
    const { code, stdout } = await projections(ledge, 'rebuild', 'orders');
    expect(code).toBe(1);
    expect(stdout.split('\n').slice(0, 2)).toEqual([
      'orders@1 rebuild: stopped at 1,000 of 4,000 events. OrderPlaced of order/o-1@1: no',
      'The events that it rejected: ledge dead-letters --projection orders',
    ]);
  });

  test('K9 and prints meanwhile why it cannot continue', async () => {
    const reason = 'Error: There is no table orders_v1: apply the migrations.';
    const stuck: readonly Generation[] = [serving, { ...rebuilding(0), reason }];
    // Lines are five seconds apart, answers half a second.
    const answers = Array.from({ length: 13 }, () => stuck);
    await using ledge = await startLedge(...answers, [servingAnew]);
    const { code, stdout } = await projections(ledge, 'rebuild', 'orders');
    expect(code).toBe(0);
    expect(stdout).toContain(`2 s left. It cannot go on: ${reason}\n`);
  });

  test('1 when an operator pauses or cancels it', async () => {
    const paused: Generation = { ...rebuilding(1_000), state: 'paused', reason: 'Night.' };
    await using pausing = await startLedge([serving, rebuilding(0)], [serving, paused]);
    expect(await projections(pausing, 'rebuild', 'orders')).toMatchObject({
      code: 1,
      stdout: 'orders@1 rebuild: paused at 1,000 of 4,000 events. Night.\n',
    });
    await using cancelling = await startLedge([serving, rebuilding(0)], [serving]);
    expect(await projections(cancelling, 'rebuild', 'orders')).toMatchObject({
      code: 1,
      stdout: 'orders@1 rebuild: cancelled.\n',
    });
  });

  test('through a restart of the server', async () => {
    await using ledge = await startLedge(
      [serving, rebuilding(0)],
      'cut',
      problem(503, 'Not available now', 'Wait.'),
      [servingAnew],
    );
    const { code, stdout } = await projections(ledge, 'rebuild', 'orders');
    expect([code, stdout]).toEqual([0, 'orders@1 serves.\n']);
  });

  test('but not with --no-wait', async () => {
    await using ledge = await startLedge([serving, rebuilding(1_000)]);
    const { code, stdout } = await projections(ledge, 'rebuild', 'orders', '--no-wait');
    expect([code, ledge.lines]).toEqual([0, ['POST /v1/projections/orders/rebuild']]);
    expect(stdout).toContain(
      '  orders@1 rebuild: 1,000 of 4,000 events, 25%, 2,000 events/s, 2 s left\n',
    );
  });

  test('and Ctrl-C stops the watching alone', async () => {
    await using ledge = await startLedge([serving, rebuilding(1_000)]);
    const child = startCli('projections', 'rebuild', 'orders', '--url', ledge.url);
    while (ledge.asked.length < 2) await sleep(20);
    child.kill('SIGINT');
    const { code, stdout } = await ranCli(child);
    expect([code, stdout]).toEqual([
      1,
      'orders@1 rebuild: not followed any more, the build continues. ledge projections follow orders\n',
    ]);
  });

  test('O2 with a plain line now and then where there is no terminal', async () => {
    await using ledge = await startLedge([serving, rebuilding(1_000)]);
    const child = startCli('projections', 'follow', 'orders', '--url', ledge.url);
    child.stdout.once('data', () => child.kill('SIGINT'));
    const { stdout } = await ranCli(child);
    expect(stdout.split('\n')[0]).toBe(
      'orders@1 rebuild: 1,000 of 4,000 events, 25%, 2,000 events/s, 2 s left',
    );
  });
});

test('O1 following watches every build that is under way, one after the other', async () => {
  const catchingUp: Generation = { version: 1, state: 'catching-up', serving: true, done: 1 };
  await using ledge = await startLedge(
    [catchingUp, verification('catching-up')],
    [serving, verification('catching-up')],
    [serving, verification('verified', [compared(0, 0)])],
  );
  const { code, stdout } = await projections(ledge, 'follow', 'orders');
  expect(code).toBe(0);
  expect(stdout).toContain('orders@1 serves.\norders@1 verification\n');
  expect(stdout).toMatch(/\norders: version 1 serves, nothing is being built\.\n$/);
});

test('following prints the status when nothing is being built', async () => {
  const stopped: Generation = { version: 2, state: 'stopped', done: 7, reason: 'Error: no' };
  await using ledge = await startLedge([serving, stopped], [serving]);
  expect(await projections(ledge, 'follow', 'orders')).toMatchObject({
    code: 1,
    stdout: 'orders@2: stopped at 7 of 4,000 events. Error: no\n',
  });
  expect((await projections(ledge, 'follow', 'orders')).code).toBe(0);
});

describe('O1 a verification', () => {
  const report = async (onlyLive: number, onlyRecomputed: number) => {
    const earlier: Generation = { ...verification('verified', [compared(9, 9)]), version: 0 };
    await using ledge = await startLedge(
      [serving, earlier, { ...verification('catching-up'), done: 0 }],
      [serving, earlier, verification('verified', [compared(onlyLive, onlyRecomputed)])],
    );
    return await projections(ledge, 'verify', 'orders');
  };

  test('prints its report; 0 when the tables are the same', async () => {
    const { code, stdout } = await report(0, 0);
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'orders@1 verification',
      'table      rows  only live  only recomputed',
      'orders_v1  830   0          0',
      'The tables equal the journal.',
      '',
    ]);
  });

  test('1 when they differ, on either side', async () => {
    expect(await report(2, 0)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('differ'),
    });
    expect(await report(0, 1)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('differ'),
    });
  });
});

test.each<[string[], string, object, string]>([
  [['pause', '--reason', 'Night.'], 'pause', { reason: 'Night.' }, 'orders is paused.'],
  [['pause'], 'pause', {}, 'orders is paused.'],
  [['cancel'], 'cancel', {}, 'orders: the build is cancelled, version 1 serves.'],
  [['rollback', '1'], 'rollback', { version: 1 }, 'orders: queries read version 1 now.'],
  [
    ['drop', '3'],
    'drop',
    { version: 3 },
    'orders: the rows and dead letters of version 3 are gone',
  ],
])('%j is one request', async ([operation = '', ...more], path, input, text) => {
  await using ledge = await startLedge([serving]);
  const { code, stdout } = await projections(ledge, operation, 'orders', ...more);
  expect([code, ledge.lines]).toEqual([0, [`POST /v1/projections/orders/${path}`]]);
  expect(ledge.asked[0]?.input).toEqual(input);
  expect(stdout).toContain(text);
});

describe('O3 a failure is printed plainly, with exit code 1', () => {
  test('a problem by its title and detail', async () => {
    await using ledge = await startLedge(
      problem(409, 'Not possible in this state', 'orders is being built already: following.'),
    );
    expect(await projections(ledge, 'rebuild', 'orders')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Not possible in this state. orders is being built already: following.\n',
    });
    expect(ledge.asked).toHaveLength(1);
  });

  test('a server that is not there', async () => {
    const gone = await startLedge([serving]);
    await gone[Symbol.asyncDispose]();
    const { code, stderr } = await projections(gone);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Nothing answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\)\. .*--url/,
    );
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  test('a server that is another one', async () => {
    await using other = await startLedge({ html: '<p>Welcome</p>' });
    const { code, stderr } = await projections(other);
    expect([code, stderr]).toEqual([
      1,
      `${other.url} does not answer as a Ledge of this version does (200, text/html).\n`,
    ]);
  });

  test('invalid arguments, before any request', async () => {
    await using ledge = await startLedge([serving]);
    for (const args of [
      ['rollback', 'orders', '0'],
      ['rollback', 'orders'],
      ['rebuld', 'orders'],
    ]) {
      const { code, stderr } = await projections(ledge, ...args);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: /)]);
    }
    expect((await runCli('projections', '--url', 'localhost:8787')).stderr).toContain('--url');
    expect(ledge.asked).toEqual([]);
  });
});
