/** `ledge subscriptions`: its requests, its output and its exit code. */
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const at = '2026-11-21T10:00:00.000Z';
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const attempt = {
  at,
  event: 'shop/order/o-1@1/e.1',
  events: 1,
  result: 'failed',
  status: 500,
  durationMs: 7,
};
const subscription = {
  ...{ id: 'sub_1', publication: 'shop', types: null },
  ...{ status: 'active', reason: null, fault: null, createdAt: at, createdBy: 'key:1' },
  ...{ personal: false, batch: 1, order: 'stream', previousUntil: null, position: 'a0-7-00000000' },
  target: { url: 'https://hooks.example/', state: 'failing', failingSince: at, quietUntil: null },
  held: { streams: 1, events: 2, parked: 0 },
  attempts: [attempt],
};
const held = {
  ...{ stream: 'order/o-1', event: attempt.event, events: 2, attempts: 1, failedAt: at },
  ...{ nextAttemptAt: at, parkedAt: null, result: 'failed' },
};

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('subscriptions', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

const answer =
  (body: object): Script =>
  () => ({ body });

describe('SU14 ledge subscriptions', () => {
  test('create prints the secret, this once', async () => {
    const args = [
      '--publication',
      'shop',
      '--target',
      'https://hooks.example/',
      '--type',
      'a',
      'b',
    ];
    const ran = await run(answer({ ...subscription, secret }), 'create', ...args);
    expect([ran.code, ran.lines]).toEqual([0, ['POST /v1/subscriptions']]);
    expect(ran.inputs).toEqual([
      {
        publication: 'shop',
        target: { url: 'https://hooks.example/' },
        types: ['a', 'b'],
        from: 'now',
      },
    ]);
    expect(ran.stdout.split('\n').slice(-2)).toEqual([secret, '']);
  });

  test('create replaces a secret whose answer was lost', async () => {
    const lost: Script = ({ path }) => ({
      body: path.endsWith('/rotate') ? { ...subscription, secret } : subscription,
    });
    const args = ['--publication', 'shop', '--target', 'https://hooks.example/'];
    const ran = await run(lost, 'create', ...args);
    expect(ran.lines).toEqual(['POST /v1/subscriptions', 'POST /v1/subscriptions/sub_1/rotate']);
    expect(ran.inputs.at(-1)).toEqual({ graceMs: 0 });
    expect(ran.stdout).toContain(secret);
  });

  test.each([
    ['--queue', 'queue'],
    ['--service', 'service'],
  ])('create with %s sends to a binding, without a secret', async (flag, member) => {
    const target = { ...subscription.target, url: undefined, [member]: 'WAREHOUSE' };
    const args = ['create', '--publication', 'shop', flag, 'WAREHOUSE'];
    const ran = await run(answer({ ...subscription, target }), ...args);
    expect([ran.code, ran.lines]).toEqual([0, ['POST /v1/subscriptions']]);
    expect(ran.inputs).toEqual([
      { publication: 'shop', target: { [member]: 'WAREHOUSE' }, from: 'now' },
    ]);
    expect(ran.stdout).toBe(`The subscription sub_1 sends shop to ${member} WAREHOUSE.\n`);
    expect((await run(answer({}), ...args, '--target', 'https://hooks.example/')).code).toBe(1);
    expect((await run(answer({}), ...args.slice(0, 3))).stderr).toContain('--queue');
  });

  test('create with --batch and --order asks for both', async () => {
    const args = ['create', '--publication', 'shop', '--target', 'https://hooks.example/'];
    const made = answer({ ...subscription, secret });
    const ran = await run(made, ...args, '--batch', '20', '--order', 'none');
    expect(ran.inputs).toMatchObject([{ batch: 20, order: 'none' }]);
    const event = 'shop/order/o-1@1/e.1';
    const redriven = await run(answer({ streams: 1 }), 'redrive', 'sub_1', '--stream', event);
    expect(redriven.inputs).toEqual([{ stream: event }]);
  });

  test('list has a line for each, and exits with 1 for one that needs an operator', async () => {
    const well = await run(answer({ subscriptions: [subscription] }), 'list');
    expect([well.code, well.lines]).toEqual([0, ['GET /v1/subscriptions?limit=100']]);
    expect(well.stdout).toContain('sub_1  shop         active  failing  2     0');
    const disabled = { ...subscription, status: 'disabled' };
    expect((await run(answer({ subscriptions: [disabled] }))).code).toBe(1);
    expect((await run(answer({ subscriptions: [] }))).stdout).toBe('There is no subscription.\n');
  });

  test('show has the last attempts', async () => {
    const shown = { ...subscription, behind: { events: 3, seconds: 61 } };
    const ran = await run(answer(shown), 'show', 'sub_1');
    expect([ran.code, ran.lines]).toEqual([0, ['GET /v1/subscriptions/sub_1']]);
    expect(ran.stdout).toContain('failed, 500, 7 ms');
    expect(ran.stdout).toContain('3 events');
  });

  test.each([
    [['pause', 'sub_1', '--reason', 'r'], '/pause', { reason: 'r' }],
    [['resume', 'sub_1'], '/resume', {}],
    [['replay', 'sub_1', '--from', 'beginning'], '/replay', { from: 'beginning' }],
    [
      ['skip', 'sub_1', '--stream', 'order/o-1', '--event', 'e', '--reason', 'r'],
      '/skip',
      { stream: 'order/o-1', event: 'e', reason: 'r' },
    ],
  ])('%j changes one', async (args, path, input) => {
    const ran = await run(answer(subscription), ...args);
    expect([ran.code, ran.lines]).toEqual([0, [`POST /v1/subscriptions/sub_1${path}`]]);
    expect(ran.inputs).toEqual([input]);
  });

  test('delete, held, redrive and test', async () => {
    const deleted = await run(answer(subscription), 'delete', 'sub_1');
    expect([deleted.code, deleted.lines]).toEqual([0, ['POST /v1/subscriptions/sub_1/delete']]);
    const listed = await run(answer({ streams: [held] }), 'held', 'sub_1');
    expect(listed.stdout).toContain(`order/o-1  ${attempt.event}  2       1         failed  ${at}`);
    const redriven = await run(answer({ streams: 2 }), 'redrive', 'sub_1', '--stream', 'order/o-1');
    expect([redriven.stdout, redriven.inputs]).toEqual([
      '2 streams tried again.\n',
      [{ stream: 'order/o-1' }],
    ]);
    const tried = await run(answer(attempt), 'test', 'sub_1');
    expect([tried.code, tried.stdout]).toEqual([1, 'sub_1: failed, 500, 7 ms.\n']);
  });

  test('a refusal is printed, with exit code 1', async () => {
    const refused: Script = () => problem(404, 'Not found', 'There is no subscription sub_2.');
    const ran = await run(refused, 'show', 'sub_2');
    expect([ran.code, ran.stderr]).toEqual([1, 'Not found. There is no subscription sub_2.\n']);
  });
});
