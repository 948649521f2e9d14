/** `ledge schedules`: its requests, its output and its exit code. */
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const answered = { command: 'Work', stream: 'job/j-1' };
const accepted = { ...answered, outcome: 'accepted', version: 1 };
const active = {
  ...{ name: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', missed: 'once', state: 'active' },
  ...{ nextAt: '2027-01-11T03:00:00.000Z', pending: null, missedTicks: 2 },
  last: {
    at: '2027-01-10T03:00:00.000Z',
    commands: [
      accepted,
      accepted,
      { ...answered, outcome: 'rejected', reason: 'late', version: 0 },
    ],
  },
};
const failing = {
  ...{ ...active, name: 'hourly', state: 'failing', last: null, missedTicks: 0 },
  pending: {
    ...{ at: '2027-01-10T05:00:00.000Z', since: '2027-01-10T05:00:00.000Z' },
    cause: 'Error: no\nway',
  },
};

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('schedules', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

const answer =
  (body: object): Script =>
  () => ({ body });

describe('SD15 the list', () => {
  test('has the ticks, what became of their commands, and why one is not done', async () => {
    const ran = await run(answer({ schedules: [active, failing] }));
    expect([ran.code, ran.lines]).toEqual([1, ['GET /v1/schedules']]);
    expect(ran.stdout.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
      'schedule | cron | time zone | state | next tick | last tick | its commands | missed',
      'nightly | 0 3 * * * | UTC | active | 2027-01-11T03:00:00.000Z | 2027-01-10T03:00:00.000Z | 2 commands accepted, 1 command rejected (late) | 2',
      'hourly | 0 3 * * * | UTC | failing | 2027-01-11T03:00:00.000Z | - | - | 0',
      'hourly: the tick of 2027-01-10T05:00:00.000Z is not done, tried since 2027-01-10T05:00:00.000Z: Error: no way',
      '',
    ]);
  });

  test('exits with 0 where each tick is done, or there is none', async () => {
    expect((await run(answer({ schedules: [active] }), 'list')).code).toBe(0);
    const none = await run(answer({ schedules: [] }));
    expect([none.code, none.stdout]).toEqual([0, 'There is no schedule.\n']);
  });
});

describe('SD15 an operator', () => {
  test.each(['pause', 'resume', 'skip'])('can %s, for a reason', async (operation) => {
    const ran = await run(answer(active), operation, 'nightly', '--reason', 'looked');
    expect(ran).toMatchObject({
      ...{ code: 0, lines: [`POST /v1/schedules/nightly/${operation}`] },
      ...{ inputs: [{ reason: 'looked' }] },
      stdout: 'nightly is active. Its next tick is at 2027-01-11T03:00:00.000Z.\n',
    });
  });

  test('runs the tick of a minute', async () => {
    const at = '2027-01-10T03:00:00.000Z';
    const script = answer({ at, commands: [] });
    const ran = await run(
      script,
      'run',
      'nightly',
      '--reason',
      'r',
      '--at',
      '2027-01-10T04:00:00+01:00',
    );
    expect(ran).toMatchObject({
      ...{ code: 0, lines: ['POST /v1/schedules/nightly/run'], inputs: [{ reason: 'r', at }] },
      stdout: `The tick of ${at} is done: no command.\n`,
    });
    expect((await run(script, 'run', 'nightly', '--reason', 'r')).inputs).toEqual([
      { reason: 'r' },
    ]);
  });

  test('needs a reason and a time, before anything is sent', async () => {
    for (const args of [
      ['pause', 'nightly'],
      ['run', 'nightly', '--reason', 'r', '--at', 'tomorrow'],
    ]) {
      const { code, lines } = await run(answer(active), ...args);
      expect([code, lines]).toEqual([1, []]);
    }
  });

  test('prints the refusal', async () => {
    const refusing: Script = () => problem(409, 'Not possible', 'Every tick is done.');
    const ran = await run(refusing, 'skip', 'nightly', '--reason', 'r');
    expect(ran).toMatchObject({ code: 1, stderr: 'Not possible. Every tick is done.\n' });
  });
});
