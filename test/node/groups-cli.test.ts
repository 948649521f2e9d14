/** `ledge groups`: its requests, its output and its exit code. */
import { describe, expect, test } from 'vitest';
import { runCli } from './support/run-cli.ts';
import { problem, type Script, ScriptedLedge } from './support/scripted-ledge.ts';

const at = '2026-11-21T10:00:00.000Z';
const event = 'shop/order/o-1@1/e.1';
const group = {
  ...{ name: 'billing', publication: 'shop', types: null, attempts: 10 },
  ...{ createdAt: at, createdBy: 'key:1', position: 'a0-7-00000000', readAt: null },
  leases: { leases: 1, messages: 4 },
  held: { streams: 1, events: 2, parked: 0 },
};
const held = {
  ...{ stream: 'order/o-1', event, events: 2, attempts: 1, failedAt: at },
  ...{ nextAttemptAt: at, parkedAt: null, result: 'busy' },
};

async function run(script: Script, ...args: string[]) {
  await using ledge = await ScriptedLedge.start(script);
  const ran = await runCli('groups', ...args, '--url', ledge.url);
  return { ...ran, lines: ledge.lines, inputs: ledge.asked.map(({ input }) => input) };
}

const answer =
  (body: object): Script =>
  () => ({ body });

describe('CG16 ledge groups', () => {
  test('create sends what it is given', async () => {
    const flags = ['--publication', 'shop', '--type', 'a', 'b', '--attempts', '3'];
    const ran = await run(answer(group), 'create', 'billing', ...flags);
    expect([ran.code, ran.lines]).toEqual([0, ['POST /v1/groups']]);
    expect(ran.inputs).toEqual([
      { name: 'billing', publication: 'shop', types: ['a', 'b'], from: 'now', attempts: 3 },
    ]);
    expect(ran.stdout).toBe('The consumer group billing has the events of shop.\n');
  });

  test('list has a line for each, and exits with 1 for one with parked messages', async () => {
    const well = await run(answer({ groups: [group] }), 'list');
    expect([well.code, well.lines]).toEqual([0, ['GET /v1/groups?limit=100']]);
    expect(well.stdout).toContain('billing  shop         4       2     0       never');
    const parked = { ...group, held: { ...group.held, parked: 1 } };
    expect((await run(answer({ groups: [parked] }))).code).toBe(1);
    expect((await run(answer({ groups: [] }))).stdout).toBe('There is no consumer group.\n');
  });

  test('show, delete, held, redrive and skip', async () => {
    const shown = await run(
      answer({ ...group, behind: { events: 3, seconds: 61 } }),
      'show',
      'billing',
    );
    expect([shown.code, shown.lines]).toEqual([0, ['GET /v1/groups/billing']]);
    expect(shown.stdout).toContain('4 messages in 1 lease');
    const deleted = await run(answer(group), 'delete', 'billing');
    expect([deleted.code, deleted.lines]).toEqual([0, ['POST /v1/groups/billing/delete']]);
    const listed = await run(answer({ streams: [held] }), 'held', 'billing');
    expect(listed.stdout).toContain(`order/o-1  ${event}  2         1         busy    ${at}`);
    const redriven = await run(
      answer({ streams: 2 }),
      'redrive',
      'billing',
      '--stream',
      'order/o-1',
    );
    expect([redriven.stdout, redriven.inputs]).toEqual([
      '2 streams given to consumers again.\n',
      [{ stream: 'order/o-1' }],
    ]);
    const flags = ['--stream', 'order/o-1', '--event', 'e', '--reason', 'r'];
    const skipped = await run(answer(group), 'skip', 'billing', ...flags);
    expect([skipped.code, skipped.inputs]).toEqual([
      0,
      [{ stream: 'order/o-1', event: 'e', reason: 'r' }],
    ]);
  });

  test('a refusal is printed, with exit code 1', async () => {
    const refused: Script = () => problem(404, 'Not found', 'There is no group b.');
    const ran = await run(refused, 'show', 'b');
    expect([ran.code, ran.stderr]).toEqual([1, 'Not found. There is no group b.\n']);
  });
});
