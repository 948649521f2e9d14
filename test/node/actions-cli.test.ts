/** `ledge actions`: its requests, its output and its exit code. */
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const stream = 'payment/p-1';
const pending = {
  ...{ action: 'charge', version: 7, state: 'pending', attempts: 1, cause: null, commands: [] },
  dueAt: '2026-11-21T10:00:00.000Z',
};
const parked = { ...pending, version: 3, state: 'parked', dueAt: null, cause: 'Error: no\nway' };

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('actions', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

describe('AE21 the list', () => {
  test('is of a stream', async () => {
    const both: Script = () => ({ body: { stream, actions: [parked, pending] } });
    const { code, stdout, lines } = await run(both, 'list', stream);
    expect([code, lines]).toEqual([0, ['GET /v1/actions/payment/p-1?limit=100']]);
    expect(stdout.split('\n')).toEqual([
      'action  version  state    attempts  due at                    last failure',
      'charge  3        parked   1         -                         Error: no way',
      'charge  7        pending  1         2026-11-21T10:00:00.000Z  -',
      '',
    ]);
  });

  test('is read page by page up to its limit', async () => {
    const pages: Script = () => ({
      body: { stream, actions: Array(1_000).fill(parked), cursor: 'n' },
    });
    const ran = await run(pages, 'list', stream, '--limit', '2000', '--json');
    const path = 'GET /v1/actions/payment/p-1?limit=1000';
    expect([ran.code, ran.lines]).toEqual([0, [path, `${path}&cursor=n`]]);
    expect(JSON.parse(ran.stdout)).toMatchObject({ more: true, actions: { length: 2_000 } });
  });

  test('prints that there are none', async () => {
    const none = await run(() => ({ body: { stream, actions: [] } }), 'list', stream);
    expect(none.stdout).toBe('No action of payment/p-1 is open.\n');
  });
});

describe('AE21 an operator', () => {
  test.each([
    ['retry', pending, 'charge on payment/p-1@7 is pending.\n'],
    ['skip', { ...parked, state: 'skipped' }, 'charge on payment/p-1@3 is skipped.\n'],
  ])('can %s one action, for a reason', async (operation, answer, printed) => {
    const args = [operation, stream, 'charge', String(answer.version), '--reason', 'looked'];
    const ran = await run(() => ({ body: answer }), ...args);
    expect(ran).toMatchObject({ code: 0, stdout: printed });
    const { version } = answer;
    expect(ran.inputs).toEqual([{ action: 'charge', version, reason: 'looked' }]);
    expect(ran.lines).toEqual([`POST /v1/actions/payment/p-1/${operation}`]);
  });

  test('requires a stream, a version and a reason before anything is sent', async () => {
    for (const [args, missing] of [
      [['skip', stream, 'charge', '7'], '--reason'],
      [['skip', 'p-1', 'charge', '7', '--reason', 'r'], 'no stream'],
      [['skip', stream, 'charge', 'x', '--reason', 'r'], 'x'],
    ] as const) {
      const { code, stderr, lines } = await run(() => ({ body: {} }), ...args);
      expect([code, lines]).toEqual([1, []]);
      expect(stderr).toContain(missing);
    }
  });

  test('prints the refusal', async () => {
    const refusing: Script = () => problem(409, 'Not possible', 'The action is pending.');
    const ran = await run(refusing, 'retry', stream, 'charge', '7', '--reason', 'r');
    expect(ran).toMatchObject({ code: 1, stderr: 'Not possible. The action is pending.\n' });
  });
});
