/** `ledge verify`: the whole journal page by page, and with `--repair` a whole walk of the sweep before it. */
import { expect, test } from 'vitest';
import { fullDatabase } from './support/operator-answers.ts';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const difference = {
  position: 'a0-12-00000000',
  stream: 'order/o-1',
  version: 3,
  what: 'differs from the log',
};

const empty = { checked: 0, differences: [], streams: [], undelivered: [] };

/** Two pages of the journal, the second with these differences, then the checkpoints, then a page with nothing new. */
function journal(...differences: readonly object[]): Script {
  return ({ path, input }) => {
    if (path === '/v1/verify/checkpoints') return { body: { checkpoints: [] } };
    switch (JSON.stringify(input)) {
      case '{}':
        return { body: { ...empty, checked: 1_000, after: 'a0-1000-00000000', done: false } };
      case '{"after":"a0-1000-00000000"}':
        return {
          body: { ...empty, checked: 234, differences, after: 'a0-1300-00000000', done: true },
        };
      default:
        return { body: { ...empty, after: 'a0-1300-00000000', done: true } };
    }
  };
}

/** A sweep that is in the middle, finds one stream behind and completes in two rounds. */
function sweeping(repaired: number): Script {
  const behind = [{ tenant: 'main', stream: 'order/o-2', version: 1, head: 4 }];
  let round = 0;
  return (asked, number) => {
    if (asked.path !== '/v1/sweep') return journal()(asked, number);
    round += 1;
    if (round === 2) return { body: { streams: 100, behind, repaired, done: false } };
    return { body: { streams: 7, behind: [], repaired: 0, done: true } };
  };
}

const WALK = ['', '', '/checkpoints', ''].map((path) => `POST /v1/verify${path}`);

async function verify(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('verify', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

test('0 when every event equals the one in its log', async () => {
  const { code, stdout, lines, inputs } = await verify(journal());
  expect([code, stdout]).toEqual([
    0,
    "The journal's 1,234 events are in the objects' logs as they are.\n",
  ]);
  expect(lines).toEqual(WALK);
  expect(inputs).toEqual([{}, { after: 'a0-1000-00000000' }, {}, { after: 'a0-1300-00000000' }]);
});

test('1 with every difference, the first of them in words', async () => {
  const { code, stdout } = await verify(journal(difference));
  expect([code, stdout.split('\n')]).toEqual([
    1,
    [
      "Of the journal's 1,234 events, 1 differ:",
      '  order/o-1@3 at a0-12-00000000: differs from the log',
      '',
    ],
  ]);
  const many = Array(25).fill(difference);
  expect((await verify(journal(...many))).stdout).toContain('and 5 more');
  const json = await verify(journal(...many), '--json');
  expect([json.code, JSON.parse(json.stdout)]).toEqual([
    1,
    { checked: 1_234, differences: many, undelivered: [] },
  ]);
});

test('X6 1 with every stream that the journal lacks, its cause and its remedy', async () => {
  const undelivered = [fullDatabase(0)];
  const { code, stdout } = await verify(({ path }) => ({
    body: path.endsWith('checkpoints')
      ? { checkpoints: [] }
      : { ...empty, after: 'a0-0-00000000', done: true, undelivered },
  }));
  expect([code, stdout.split('\n')]).toEqual([
    1,
    [
      "The journal's 0 events are in the objects' logs as they are.",
      '1 stream with events that the journal lacks; --repair delivers them:',
      '  order/o-9@2, the journal has 0 of it: D1 is full. Make room.',
      '',
    ],
  ]);
});

test('--repair completes the current walk, walks once more, and then verifies', async () => {
  const { code, stdout, lines } = await verify(sweeping(1), '--repair');
  expect(lines).toEqual(['POST /v1/sweep', 'POST /v1/sweep', 'POST /v1/sweep', ...WALK]);
  expect([code, stdout.split('\n')]).toEqual([
    0,
    [
      '107 streams looked at, 1 behind, 1 repaired.',
      '  order/o-2 of main was at version 1 of 4',
      "The journal's 1,234 events are in the objects' logs as they are.",
      '',
    ],
  ]);
});

test('1 when something stays behind', async () => {
  expect(await verify(sweeping(0), '--repair')).toMatchObject({
    code: 1,
    stdout: expect.stringContaining('1 behind, 0 repaired.'),
  });
});

test('1 with the problem when the server cannot', async () => {
  const ran = await verify(() => problem(401, 'Not authenticated', 'Send a credential.'));
  expect([ran.code, ran.stderr]).toEqual([1, 'Not authenticated. Send a credential.\n']);
});
