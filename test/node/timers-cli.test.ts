/** `ledge timers`: its requests, its output and its exit code. */
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const at = '2026-11-21T10:00:00.000Z';
const fields = {
  ...{ dueAt: at, command: 'ReleaseStock', data: { secret: 1 } },
  ...{ causationId: 'b', correlationId: 'c' },
};
const stream = 'product/chai';
const scheduled = {
  ...fields,
  id: 'expiry/o-1',
  state: 'scheduled',
  attempts: 0,
  stopped: null,
};
const reason = 'unknown: There is no command\nReleaseStock.';
const parked = {
  ...fields,
  id: 'expiry/o-2',
  state: 'parked',
  attempts: 3,
  stopped: { at, actor: 'ledge:timer', reason },
};

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('timers', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

describe('M15 the list', () => {
  test('is of a stream, without the data of its commands', async () => {
    const both: Script = () => ({ body: { stream, timers: [scheduled, parked] } });
    const { code, stdout, lines } = await run(both, 'list', 'product/chai');
    expect([code, lines]).toEqual([0, ['GET /v1/timers/product/chai?limit=100']]);
    expect(stdout.split('\n')).toEqual([
      'id          state      due at                    command       attempts  why',
      'expiry/o-1  scheduled  2026-11-21T10:00:00.000Z  ReleaseStock  0         -',
      'expiry/o-2  parked     2026-11-21T10:00:00.000Z  ReleaseStock  3         unknown: There is no command ReleaseStock. (ledge:timer)',
      '',
    ]);
  });

  test('is read page by page up to its limit, by state', async () => {
    const pages: Script = () => ({
      body: { stream, timers: Array(1_000).fill(parked), cursor: 'n' },
    });
    const args = ['list', 'product/chai', '--state', 'parked', '--limit', '2000', '--json'];
    const { code, stdout, lines } = await run(pages, ...args);
    const path = 'GET /v1/timers/product/chai?state=parked&limit=1000';
    expect([code, lines]).toEqual([0, [path, `${path}&cursor=n`]]);
    expect(JSON.parse(stdout)).toMatchObject({ more: true, timers: { length: 2_000 } });
  });

  test('prints that there are none', async () => {
    const none: Script = () => ({ body: { stream, timers: [] } });
    const all = await run(none, 'list', 'product/chai');
    expect(all.stdout).toBe('product/chai has no timers.\n');
    const some = await run(none, 'list', 'product/chai', '--state', 'parked');
    expect(some.stdout).toBe('No timer of product/chai is parked.\n');
  });
});

describe('M15 an operator', () => {
  test.each([
    ['retry', scheduled, 'expiry/o-1 is scheduled for 2026-11-21T10:00:00.000Z.\n'],
    ['cancel', { ...parked, state: 'cancelled' }, 'expiry/o-2 is cancelled.\n'],
  ])('can %s one timer, for a reason', async (operation, answer, printed) => {
    const args = [operation, 'product/chai', answer.id, '--reason', 'corrected'];
    const ran = await run(() => ({ body: answer }), ...args);
    expect(ran).toMatchObject({ code: 0, stdout: printed });
    expect(ran.inputs).toEqual([{ timer: answer.id, reason: 'corrected' }]);
    expect(ran.lines).toEqual([`POST /v1/timers/product/chai/${operation}`]);
  });

  test('requires a stream and a reason before anything is sent', async () => {
    for (const [args, missing] of [
      [['cancel', 'product/chai', 'expiry'], '--reason'],
      [['cancel', 'chai', 'expiry', '--reason', 'r'], 'no stream'],
      [['list', 'product/chai/1'], 'no stream'],
    ] as const) {
      const { code, stderr, lines } = await run(() => ({ body: {} }), ...args);
      expect([code, lines]).toEqual([1, []]);
      expect(stderr).toContain(missing);
    }
  });

  test('prints the refusal', async () => {
    const refusing: Script = () => problem(409, 'Not possible', 'The timer has not failed.');
    const ran = await run(refusing, 'retry', 'product/chai', 'expiry', '--reason', 'r');
    expect(ran).toMatchObject({ code: 1, stderr: 'Not possible. The timer has not failed.\n' });
  });
});
