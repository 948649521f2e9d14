/** `ledge dead-letters`: its requests, its output and its exit code. */

import { describe, expect, test } from 'vitest';
import type { UndeliveredStreams } from '../../core/failures/incident-shapes.ts';
import { fullDatabase, nothingUndelivered } from './support/operator-answers.ts';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const id = 'orders@1/order/o-1@2';
const path = '/v1/dead-letters/orders%401%2Forder%2Fo-1%402';
const letter = {
  id,
  generation: 'orders@1',
  stream: 'order/o-1',
  version: 2,
  type: 'OrderPlaced',
  error: 'Error: cannot take\nthis',
  attempts: 1,
  status: 'parked',
  parkedAt: '2026-11-21T10:00:00.000Z',
  resolvedAt: null,
  actor: null,
  reason: null,
};
const resolved = { resolvedAt: '2026-11-21T11:00:00.000Z' };

function pageOf(deadLetters: readonly object[], cursor?: string): object {
  return { deadLetters, undelivered: nothingUndelivered, ...(cursor && { cursor }) };
}

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('dead-letters', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

describe('the list', () => {
  test('O2 is of those that are parked, without the data of their events', async () => {
    const { code, stdout, lines } = await run(() => ({ body: pageOf([letter]) }));
    expect([code, lines]).toEqual([0, ['GET /v1/dead-letters?status=parked&limit=100']]);
    expect(stdout.split('\n')).toEqual([
      'id                    event        status  attempts  parked at                 error',
      'orders@1/order/o-1@2  OrderPlaced  parked  1         2026-11-21T10:00:00.000Z  Error: cannot take this',
      '',
    ]);
  });

  test('IN7 is empty where no message of an inbound is parked: its name is no mistyped projection', async () => {
    const filter = ['--projection', 'inbound:carrier'];
    const { code, lines } = await run(() => ({ body: pageOf([]) }), ...filter);
    const query = 'projection=inbound%3Acarrier&status=parked&limit=100';
    expect([code, lines]).toEqual([0, [`GET /v1/dead-letters?${query}`]]);
  });

  test('is read page by page up to its limit, by every filter', async () => {
    const pages: Script = () => ({ body: pageOf(Array(1_000).fill(letter), 'n') });
    const filters = ['--projection', 'orders', '--aggregate', 'order', '--stream', 'order/o-1'];
    const more = ['--type', 'OrderPlaced', '--status', 'all', '--limit', '2000', '--json'];
    const { code, stdout, lines } = await run(pages, ...filters, ...more);
    const query =
      'projection=orders&aggregate=order&stream=order%2Fo-1&type=OrderPlaced&limit=1000';
    expect([code, lines]).toEqual([
      0,
      [`GET /v1/dead-letters?${query}`, `GET /v1/dead-letters?${query}&cursor=n`],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ more: true, deadLetters: { length: 2_000 } });
  });

  test('X6 names undelivered streams below, with cause and remedy, and exits with 1', async () => {
    const undelivered: UndeliveredStreams = {
      ...{
        streams: 3,
        events: 4,
        oldestAt: '2026-11-21T10:00:00.000Z',
        timers: 0,
        actions: 0,
        restored: 0,
        subscriptions: 0,
        schedules: 0,
        groups: 0,
        unlisted: 0,
      },
      incidents: [fullDatabase(null)],
    };
    const { code, stdout } = await run(() => ({ body: { deadLetters: [], undelivered } }));
    expect([code, stdout.split('\n')]).toEqual([
      1,
      [
        'None is parked.',
        '3 streams with 4 events that the journal lacks, since 2026-11-21T10:00:00.000Z',
        '  order/o-9@2, its place in the journal is unknown: D1 is full. Make room.',
        '  and 2 more: GET /v1/incidents',
        '',
      ],
    ]);
  });

  test('prints that there are none, and that there may be more', async () => {
    expect(await run(() => ({ body: pageOf([]) }))).toMatchObject({
      code: 0,
      stdout: 'None is parked.\n',
    });
    const full = await run(() => ({ body: pageOf([letter], 'n') }), '--limit', '1');
    expect(full.stdout).toContain('--limit');
    expect(full.lines).toHaveLength(1);
  });
});

test('show prints all that is known of one', async () => {
  const whole = {
    ...letter,
    ...resolved,
    status: 'discarded',
    actor: 'ann',
    reason: 'A typing error.',
    stack: 'Error: cannot take\nthis\n    at OrderPlaced (index.js:1:1)',
    event: { type: 'OrderPlaced', data: { cents: 5 } },
    upcast: { schemaVersion: 2, data: { netCents: 5 } },
  };
  const { code, stdout, lines } = await run(() => ({ body: whole }), 'show', id);
  expect([code, lines]).toEqual([0, [`GET ${path}`]]);
  expect(stdout.split('\n')).toEqual([
    id,
    '  generation  orders@1',
    '  event       OrderPlaced, version 2 of order/o-1',
    '  status      discarded after 1 attempt, last parked at 2026-11-21T10:00:00.000Z, resolved at 2026-11-21T11:00:00.000Z by ann: A typing error.',
    '',
    'Error: cannot take',
    'this',
    '    at OrderPlaced (index.js:1:1)',
    '',
    'As it was stored:',
    '{',
    '  "type": "OrderPlaced",',
    '  "data": {',
    '    "cents": 5',
    '  }',
    '}',
    '',
    'As schema version 2 has its data:',
    '{',
    '  "netCents": 5',
    '}',
    '',
  ]);
});

describe('redrive', () => {
  test('of one prints the result', async () => {
    const answers = [
      { status: 'redriven', code: 0, says: `${id}: applied.` },
      { status: 'redriving', code: 0, says: 'continues' },
      { status: 'parked', code: 1, says: 'parked again, attempt 1. Error: cannot take this' },
    ];
    for (const { status, code, says } of answers) {
      const ran = await run(() => ({ body: { ...letter, status } }), 'redrive', id);
      expect(ran).toMatchObject({ code, lines: [`POST ${path}/redrive`], inputs: [{}] });
      expect(ran.stdout).toContain(says);
    }
  });

  test('by filter continues while there are more, and sums up', async () => {
    const rounds = [
      { tried: 1_000, parkedAgain: 10, more: true, after: 'orders@1/order/o-9@1' },
      { tried: 30, parkedAgain: 10, more: false, after: 'orders@1/order/x@1' },
    ];
    const script: Script = (_asked, number) => ({ body: rounds[number - 1] });
    const { code, stdout, inputs } = await run(script, 'redrive', '--projection', 'orders');
    const after = 'orders@1/order/o-9@1';
    expect(inputs).toEqual([{ projection: 'orders' }, { projection: 'orders', after }]);
    expect([code, stdout]).toEqual([1, '1,030 dead letters tried again, 20 parked again.\n']);
  });

  test('of what always fails ends', async () => {
    const always = { tried: 1_000, parkedAgain: 1_000 };
    const script: Script = (_asked, number) => ({
      body: { ...always, more: number < 3, after: `id-${number}` },
    });
    const { code, inputs } = await run(script, 'redrive', '--all');
    expect([code, inputs]).toEqual([1, [{}, { after: 'id-1' }, { after: 'id-2' }]]);
  });

  test('requires an id or a filter', async () => {
    for (const args of [[], ['--all', '--type', 'OrderPlaced'], [id, '--all']]) {
      const ran = await run(() => ({ body: {} }), 'redrive', ...args);
      expect(ran).toMatchObject({
        code: 1,
        lines: [],
        stderr: expect.stringMatching(/^error: name an id/),
      });
    }
  });
});

describe('discard', () => {
  test('is one request with its reason', async () => {
    const script: Script = () => ({ body: { ...letter, ...resolved, status: 'discarded' } });
    const ran = await run(script, 'discard', id, '--reason', 'A typing error.');
    expect(ran).toMatchObject({
      code: 0,
      stdout: `${id}: left out. A typing error.\n`,
      lines: [`POST ${path}/discard`],
      inputs: [{ reason: 'A typing error.' }],
    });
  });

  test('without a reason is refused by the command line, of one that is not parked by the server', async () => {
    const refusing: Script = () => problem(409, 'Not possible in this state', 'It is redriven.');
    const withoutReason = await run(refusing, 'discard', id);
    expect(withoutReason).toMatchObject({ code: 1, lines: [] });
    expect(withoutReason.stderr).toContain('--reason');
    const refused = await run(refusing, 'discard', id, '--reason', 'x');
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toBe('Not possible in this state. It is redriven.\n');
  });
});
