/** `ledge sagas`: its requests, its output and its exit code. */
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const at = '2026-11-21T10:00:00.000Z';
const row = {
  saga: 'fulfilment',
  id: 'o-1',
  status: 'attention',
  reason: 'failure of\npay',
  definition: 1,
  version: 3,
  correlationId: 'c',
  startedAt: at,
  changedAt: at,
};
const command = { aggregate: 'product', id: 'chai', command: 'ReleaseStock', data: { secret: 1 } };
const whole = {
  ...row,
  stream: 'fulfilment/o-1',
  ended: false,
  state: {},
  startsAfterEnd: 0,
  open: [{ effect: 'reserve/0/undo', awaits: 'attention', attempt: 6, reason: 'r', command }],
  timeouts: { pay: at },
  timeline: [
    {
      version: 1,
      type: 'EventReceived',
      at,
      causationId: 'b',
      correlationId: 'c',
      data: { source: 'order/o-1', type: 'OrderPlaced', transition: { state: 'secret' } },
    },
  ],
};

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('sagas', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

describe('O5 the list', () => {
  test('is of those that need attention, the longest first', async () => {
    const { code, stdout, lines } = await run(() => ({ body: { rows: [row] } }));
    expect([code, lines]).toEqual([0, ['GET /v1/sagas?status=attention&sort=changedAt&limit=100']]);
    expect(stdout.split('\n')).toEqual([
      'saga        id   status     started at                changed at                reason',
      'fulfilment  o-1  attention  2026-11-21T10:00:00.000Z  2026-11-21T10:00:00.000Z  failure of pay',
      '',
    ]);
  });

  test('is read page by page up to its limit, by every filter', async () => {
    const pages: Script = () => ({ body: { rows: Array(1_000).fill(row), cursor: 'n' } });
    const filters = ['--saga', 'fulfilment', '--correlation', 'c', '--before', at, '--after', at];
    const more = ['--status', 'all', '--limit', '2000', '--json'];
    const { code, stdout, lines } = await run(pages, ...filters, ...more);
    const time = encodeURIComponent(at);
    const query = `saga=fulfilment&correlationId=c&startedAt.lt=${time}&startedAt.gt=${time}&sort=changedAt&limit=1000`;
    expect([code, lines]).toEqual([
      0,
      [`GET /v1/sagas?${query}`, `GET /v1/sagas?${query}&cursor=n`],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ more: true, sagas: { length: 2_000 } });
  });

  test('M17 takes a time with its zone, and no other', async () => {
    const none: Script = () => ({ body: { rows: [] } });
    const { lines } = await run(none, '--before', '2026-11-21T11:00:00+01:00');
    expect(lines[0]).toContain(`startedAt.lt=${encodeURIComponent(at)}`);
    for (const time of ['0', 'yesterday', '2026-02-31T00:00:00Z', '2026-11-21T10:00:00']) {
      const ran = await run(none, '--before', time);
      expect([ran.code, ran.lines]).toEqual([1, []]);
      expect(ran.stderr).toContain('A time is an ISO 8601');
    }
  });

  test('prints that there are none', async () => {
    const none: Script = () => ({ body: { rows: [] } });
    expect((await run(none)).stdout).toBe('None needs attention.\n');
    expect((await run(none, 'list', '--status', 'running')).stdout).toBe('None is running.\n');
  });
});

test('O2 show prints its open commands and its history, without the data of the commands', async () => {
  const { code, stdout, lines } = await run(() => ({ body: whole }), 'show', 'fulfilment', 'o-1');
  expect([code, lines]).toEqual([0, ['GET /v1/sagas/fulfilment/o-1']]);
  expect(stdout.split('\n')).toEqual([
    'fulfilment/o-1, by version 1 of its definition',
    '  attention: failure of pay',
    '',
    'It waits for:',
    '  reserve/0/undo  attention  ReleaseStock to product/chai, attempt 6',
    '  pay             timeout    2026-11-21T10:00:00.000Z',
    '',
    'How it came there:',
    '  1  2026-11-21T10:00:00.000Z  EventReceived  order/o-1 OrderPlaced',
    '',
  ]);
});

describe('O6 an operator', () => {
  const path = '/v1/sagas/fulfilment/o-1';
  const effect = 'reserve/0/undo';
  const reason = 'counted by hand';

  test.each([
    ['retry', 'reserve/0/undo is sent again. fulfilment/o-1 is attention: failure of pay.\n'],
    ['skip', 'reserve/0/undo is skipped. fulfilment/o-1 is attention: failure of pay.\n'],
    ['resolve', 'reserve/0/undo is resolved. fulfilment/o-1 is attention: failure of pay.\n'],
  ])('can %s one command, for a reason', async (operation, said) => {
    const args = [operation, 'fulfilment', 'o-1', effect];
    const ran = await run(() => ({ body: whole }), ...args, '--reason', reason);
    expect(ran).toMatchObject({ code: 0, stdout: said, inputs: [{ effect, reason }] });
    expect(ran.lines).toEqual([`POST ${path}/${operation}`]);
  });

  test('can cancel, for a reason', async () => {
    const args = ['cancel', 'fulfilment', 'o-1', '--reason', reason];
    const ran = await run(() => ({ body: whole }), ...args);
    expect(ran).toMatchObject({ code: 0, inputs: [{ reason }], lines: [`POST ${path}/cancel`] });
  });

  test('requires a reason before anything is sent', async () => {
    for (const args of [
      ['skip', 'fulfilment', 'o-1', effect],
      ['cancel', 'fulfilment', 'o-1'],
    ]) {
      const { code, stderr, lines } = await run(() => ({ body: whole }), ...args);
      expect([code, lines]).toEqual([1, []]);
      expect(stderr).toContain('--reason');
    }
  });

  test('prints the refusal', async () => {
    const refusing: Script = () => problem(409, 'Rejected', 'The saga has ended.');
    const ran = await run(refusing, 'cancel', 'fulfilment', 'o-1', '--reason', reason);
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: 'Rejected. The saga has ended.\n' });
  });
});
