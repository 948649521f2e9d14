/** The output of the command lines for an unknown word, and their own names in it. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { didYouMean } from '../../cli/did-you-mean.ts';
import { statusTable } from '../../cli/operations/status-text.ts';
import { projectionStatus } from '../../core/operator-shapes/projection-status.ts';
import { nothingUndelivered, projectionList } from './support/operator-answers.ts';
import { runCli, runNorthwind } from './support/run-cli.ts';
import { problem, ScriptedLedge } from './support/scripted-ledge.ts';
import { ordersWith, serving } from './support/statuses.ts';

const followers = ['orders', 'customers', 'fulfilment.routing', 'fulfilment.dispatch'].map(
  (name) => ({ ...ordersWith(serving), name }),
);

/** Knows its followers, and nothing by any other name; its lists are empty. */
function startLedge(): Promise<ScriptedLedge> {
  return ScriptedLedge.start(({ path }) => {
    if (path === '/v1/projections') return { body: projectionList(...followers) };
    if (path.startsWith('/v1/dead-letters?'))
      return { body: { deadLetters: [], undelivered: nothingUndelivered } };
    if (path.startsWith('/v1/sagas?')) return { body: { rows: [] } };
    return problem(404, 'Not found', 'There is nothing of this name.');
  });
}

describe('O7 a mistyped command gets the nearest one, or all there are', () => {
  test.each([
    ['projections', ['folow', 'orders'], 'there is no command folow. Did you mean follow?'],
    ['projections', ['x', 'orders'], 'There are: status, rebuild, restart, verify, resume, follow'],
    ['dead-letters', ['redirve'], 'there is no command redirve. Did you mean redrive?'],
    ['sagas', ['shwo', 'fulfilment', 'o-1'], 'there is no command shwo. Did you mean show?'],
    ['timers', ['lst'], 'Did you mean list?'],
    ['timers', ['cancle', 'order/o-1', 'a'], 'there is no command cancle. Did you mean cancel?'],
    ['verify', ['--repiar'], 'Did you mean --repair?'],
    ['import', ['a.ndjson', '--lane', '2'], 'Did you mean --lanes?'],
  ])('%s %j', async (name, args, message) => {
    const { code, stdout, stderr } = await runCli(name, ...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
  });
});

describe('O8 a mistyped name gets the nearest one', () => {
  test.each([
    ['projections', ['rebuild', 'ordres'], 'There is no projection ordres. Did you mean orders?'],
    ['projections', ['follow', 'ordres'], 'There is no projection ordres. Did you mean orders?'],
    ['projections', ['rollback', 'costumers', '1'], 'Did you mean customers?'],
    ['projections', ['ordres'], 'Did you mean orders?'],
    ['projections', ['folow'], 'There is no projection folow. Did you mean follow?'],
    ['projections', ['x'], 'There are: orders, customers, fulfilment.routing'],
    ['dead-letters', ['--projection', 'ordres'], 'There is no projection ordres. Did you mean'],
    ['sagas', ['show', 'fulfillment', 'o-1'], 'There is no saga fulfillment. Did you mean fulfil'],
    ['sagas', ['--saga', 'fulfillment'], 'There is no saga fulfillment. Did you mean fulfilment?'],
    [
      'sagas',
      ['cancel', 'x', 'o-1', '--reason', 'r'],
      'There is no saga x. There are: fulfilment.',
    ],
  ])('%s %j', async (name, args, message) => {
    await using ledge = await startLedge();
    const { code, stderr } = await runCli(name, ...args, '--url', ledge.url);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  test('and for a valid name, the server’s problem', async () => {
    await using ledge = await startLedge();
    const { stderr } = await runCli('sagas', 'show', 'fulfilment', 'o-9', '--url', ledge.url);
    expect(stderr).toBe('Not found. There is nothing of this name.\n');
    const none = await runCli('dead-letters', '--projection', 'orders', '--url', ledge.url);
    expect(none).toMatchObject({ code: 0, stdout: 'None is parked.\n' });
  });
});

test('O7 nearest is by letters added, left out, changed and swapped', () => {
  const names = ['status', 'rebuild', 'restart'];
  expect(didYouMean('satus', names)).toBe('Did you mean status?');
  expect(didYouMean('sttaus', names)).toBe('Did you mean status?');
  expect(didYouMean('rebiuld', names)).toBe('Did you mean rebuild?');
  expect(didYouMean('restrat', names)).toBe('Did you mean restart?');
  expect(didYouMean('frobnicate', names)).toBe('There are: status, rebuild, restart.');
  expect(didYouMean('x', [])).toBe('There are none.');
});

test('O10 the reactors of a saga are explained below the table', () => {
  const lines = statusTable(followers.map((one) => projectionStatus.parse(one))).split('\n');
  expect(lines.slice(5)).toEqual([
    'fulfilment.routing brings events to the instances of the saga fulfilment, fulfilment.dispatch sends their commands.',
  ]);
});

test('O11 dropping a version prints what is removed and what stays', async () => {
  await using ledge = await ScriptedLedge.start(() => ({ body: ordersWith(serving) }));
  const { stdout } = await runCli('projections', 'drop', 'orders', '2', '--url', ledge.url);
  expect(stdout).toBe(
    'orders: the rows and dead letters of version 2 are gone; its empty tables stay.\n',
  );
});

test('O12 northwind prints its files and the next step', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'ledge-northwind-')), 'book.ndjson');
  const { code, stdout } = await runNorthwind('test/controls/book', '--out', file);
  expect([code, stdout]).toEqual([0, `${file} has 14 commands. Next: ledge import ${file}\n`]);
  expect(readFileSync(file, 'utf8').trimEnd().split('\n')).toHaveLength(14);
  expect((await runNorthwind('test/controls/book')).stdout).toBe(readFileSync(file, 'utf8'));
});
