// What an import promises of its lines: their order, bounded memory, broken ones named, every result reported.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { exitCode } from '../../cli/import/import-report.ts';
import {
  ascending,
  inputOf,
  line,
  newPath,
  numbered,
  numbersOf,
  Watcher,
} from '../../cli/import/testing/inputs.ts';
import { startPeer } from '../../cli/import/testing/scripted-peer.ts';
import { importCommands } from '../../cli/import-commands.ts';

test('I1 a stream keeps its order on several lanes, with any timing of the responses', async () => {
  await using peer = await startPeer(async (exchange) => {
    await sleep(Math.random() * 8);
    await exchange.acceptRest();
  });
  const file = inputOf(numbered(2_000, 37));
  const report = await importCommands({ file, url: peer.url, batchLines: 20 });
  expect(report).toMatchObject({ ending: 'complete', tally: { accepted: 2_000, replayed: 0 } });
  expect(peer.openMax).toBe(4);
  for (const ofStream of Map.groupBy(peer.arrived, ({ id }) => id).values()) {
    expect(numbersOf(ofStream)).toEqual(ascending(numbersOf(ofStream)));
  }
});

describe('I2 memory', () => {
  test('of a hundred thousand lines only those of the lanes are in flight', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const watcher = new Watcher();
    const file = inputOf(numbered(100_000, 5_000));
    const { onProgress } = watcher;
    const report = await importCommands({ file, url: peer.url, onProgress });
    expect(report.tally.accepted).toBe(100_000);
    // Each lane has a batch on the wire and one in its buffer; one line is in the reader's hand.
    expect(watcher.inFlightMax).toBeLessThanOrEqual(4 * 2 * 200 + 1);
  });

  test('a server that does not answer stops the reader', async () => {
    const answer = Promise.withResolvers<void>();
    await using peer = await startPeer(async (exchange) => {
      await answer.promise;
      await exchange.acceptRest();
    });
    const watcher = new Watcher();
    const file = inputOf(numbered(20_000, 500));
    const { onProgress } = watcher;
    const importing = importCommands({ file, url: peer.url, batchLines: 50, onProgress });
    await peer.quiet();
    expect(peer.arrived).toHaveLength(4 * 50);
    answer.resolve();
    await importing;
    expect(watcher.inFlightMax).toBeLessThanOrEqual(4 * 2 * 50 + 1);
  });

  test('one line without an outcome limits how far the other lane runs ahead', async () => {
    const answer = Promise.withResolvers<void>();
    await using peer = await startPeer(async (exchange) => {
      if (exchange.lines[0]?.id === idOnLane(0)) await answer.promise;
      await exchange.acceptRest();
    });
    const watcher = new Watcher();
    const ids = [idOnLane(0), ...Array.from({ length: 60_000 }, () => idOnLane(1))];
    const file = inputOf(ids.map((id, index) => line(id, index + 1)));
    const { onProgress } = watcher;
    const options = { url: peer.url, lanes: 2, batchLines: 1_000, onProgress };
    const importing = importCommands({ file, ...options });
    await peer.quiet();
    expect(watcher.linesRead).toBeGreaterThan(49_000);
    expect(watcher.linesRead).toBeLessThan(53_000);
    answer.resolve();
    expect(await importing).toMatchObject({ ending: 'complete', tally: { accepted: 60_001 } });
  });
});

test('I3 malformed lines are named and never sent, and the rest continues', async () => {
  await using peer = await startPeer((exchange) => exchange.acceptRest());
  const file = inputOf([line('a', 1), '{"aggregate":', line('no/id', 3), '', line('b', 5)]);
  const report = await importCommands({ file, url: peer.url });
  expect(report.tally).toMatchObject({ accepted: 2, failed: 2 });
  expect(report.firstFailed.map((result) => result.line)).toEqual([2, 3]);
  expect(ascending(numbersOf(peer.arrived))).toEqual([1, 5]);
  expect([report.ending, exitCode(report)]).toEqual(['complete', 1]);
});

describe('the report', () => {
  const outcomes = [
    { outcome: 'accepted', status: 200, version: 3 },
    { outcome: 'rejected', status: 409, reason: 'out-of-stock', detail: 'None are left.' },
    { outcome: 'unknown', status: 404, title: 'Not found' },
  ];

  test('lists the first twenty of a kind, and writes every line into its file', async () => {
    await using peer = await startPeer(async (exchange) => {
      for (const { data } of exchange.lines) await exchange.answer(outcomes[data.n % 3] ?? {});
      exchange.end();
    });
    const reportFile = newPath('report.ndjson');
    const file = inputOf(numbered(90, 7));
    const report = await importCommands({ file, url: peer.url, lanes: 1, reportFile });
    expect(report.tally).toEqual({ accepted: 30, replayed: 0, rejected: 30, failed: 30 });
    expect(report.firstRejected).toHaveLength(20);
    expect(report.firstRejected[0]).toMatchObject({
      line: 1,
      reason: 'out-of-stock: None are left.',
    });
    expect(report.firstFailed).toHaveLength(20);
    expect(report.firstFailed[0]).toMatchObject({ line: 2, reason: 'unknown: Not found' });
    const written = readFileSync(reportFile, 'utf8').trimEnd().split('\n');
    expect(written).toHaveLength(90);
    expect(JSON.parse(written[2] ?? '')).toMatchObject({ line: 3, result: 'accepted', version: 3 });
  });

  test('has a rejection exit with 0 and a wrong line with 1', async () => {
    await using peer = await startPeer(async (exchange) => {
      for (const { data } of exchange.lines) await exchange.answer(outcomes[data.n] ?? {});
      exchange.end();
    });
    const rejected = await importCommands({ file: inputOf([line('a', 1)]), url: peer.url });
    expect([rejected.tally.rejected, exitCode(rejected)]).toEqual([1, 0]);
    const wrong = await importCommands({ file: inputOf([line('a', 2)]), url: peer.url });
    expect([wrong.tally.failed, exitCode(wrong)]).toEqual([1, 1]);
  });
});

/** An id that the import's hash deals to this one of two lanes. */
function idOnLane(lane: number): string {
  const ids = ['o-1', 'o-2', 'o-3', 'o-4', 'o-5'];
  return ids.find((id) => crc32(`order/${id}`) % 2 === lane) ?? '';
}
