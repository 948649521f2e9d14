// The import against a server that truncates, refuses, stalls or cannot decide: retries and their end.
import { describe, expect, test } from 'vitest';
import { exitCode } from '../../cli/import/import-report.ts';
import { inputOf, numbered, numbersOf } from '../../cli/import/testing/inputs.ts';
import { startPeer } from '../../cli/import/testing/scripted-peer.ts';
import { importCommands } from '../../cli/import-commands.ts';

const quick = { backoffBaseMs: 5 };
const oneLane = { ...quick, lanes: 1, batchLines: 5 };

describe('a request that fails', () => {
  test('by a truncated response is retried from the first line without an outcome', async () => {
    await using peer = await startPeer(async (exchange) => {
      if (exchange.number > 1) return exchange.acceptRest();
      await exchange.accept(3);
      exchange.cut();
    });
    const report = await importCommands({ ...oneLane, file: fiveLines(), url: peer.url });
    expect(peer.requests.map(numbersOf)).toEqual([
      [1, 2, 3, 4, 5],
      [4, 5],
    ]);
    expect(report.tally).toEqual({ accepted: 5, replayed: 0, rejected: 0, failed: 0 });
  });

  test('by an answer that ends early, or is no outcome, counts as cut', async () => {
    await using peer = await startPeer(async (exchange) => {
      if (exchange.number > 2) return exchange.acceptRest();
      if (exchange.number === 1) await exchange.accept(2);
      else await exchange.write('<html>\n');
      exchange.end();
    });
    const report = await importCommands({ ...oneLane, file: fiveLines(), url: peer.url });
    expect(peer.requests.map(numbersOf)).toEqual([
      [1, 2, 3, 4, 5],
      [3, 4, 5],
      [3, 4, 5],
    ]);
    expect(report.tally.accepted).toBe(5);
  });

  test('by silence counts as cut', async () => {
    await using peer = await startPeer(async (exchange) => {
      if (exchange.number > 1) await exchange.acceptRest();
    });
    // Longer than a busy machine delays the second response.
    const options = { ...oneLane, silenceMsMax: 1_000 };
    const report = await importCommands({ ...options, file: fiveLines(), url: peer.url });
    expect(peer.requests).toHaveLength(2);
    expect(report.tally.accepted).toBe(5);
  });

  test('with 503 waits as long as Retry-After says', async () => {
    const at: number[] = [];
    await using peer = await startPeer(async (exchange) => {
      at.push(performance.now());
      if (exchange.number > 1) return exchange.acceptRest();
      exchange.refuse(503, { 'retry-after': '1' });
    });
    const report = await importCommands({ ...oneLane, file: fiveLines(), url: peer.url });
    expect(report.tally.accepted).toBe(5);
    const [first = 0, second = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(990);
  });

  test('with 401 is not retried: the import ends and sends no more', async () => {
    await using peer = await startPeer((exchange) => exchange.refuse(401));
    const file = inputOf(numbered(50, 1));
    const report = await importCommands({ ...oneLane, file, url: peer.url });
    expect(peer.requests).toHaveLength(1);
    expect(report).toMatchObject({ ending: 'gave-up', tally: { failed: 5 } });
    expect(report.reason).toContain('401');
  });

  test('to an unreachable server uses up its attempts; the import later sends the rest', async () => {
    let isUp = false;
    await using peer = await startPeer((exchange) => {
      return isUp || exchange.number === 1 ? exchange.acceptRest() : exchange.cut();
    });
    const input = { file: inputOf(numbered(20, 1)), url: peer.url };
    const gone = await importCommands({ ...oneLane, ...input, attemptsMax: 3 });
    expect(gone).toMatchObject({ ending: 'gave-up', answeredUpToLine: 5 });
    expect(gone.firstFailed.map((result) => result.line)).toEqual([6, 7, 8, 9, 10]);
    expect(peer.requests).toHaveLength(1 + 3);
    isUp = true;
    const back = await importCommands({ ...oneLane, ...input });
    expect(back).toMatchObject({ ending: 'complete', continuedAfterLine: 5 });
    expect(back.tally).toEqual({ accepted: 20, replayed: 0, rejected: 0, failed: 0 });
  });
});

describe('QU14 lines that are held up by a backlog', () => {
  test('are sent again as often as the server asks, each after its time, and none is lost', async () => {
    const at: number[] = [];
    const heldUp = {
      outcome: 'unavailable',
      status: 503,
      retryAfterSeconds: 0.2,
      backlog: 100_001,
    };
    await using peer = await startPeer(async (exchange) => {
      at.push(performance.now());
      if (exchange.number > 9) return exchange.acceptRest();
      for (let line = 0; line < 5; line++) await exchange.write(`${JSON.stringify(heldUp)}\n`);
      exchange.end();
    });
    const options = { ...oneLane, attemptsMax: 2, file: fiveLines(), url: peer.url };
    const report = await importCommands(options);
    expect(report.tally).toEqual({ accepted: 5, replayed: 0, rejected: 0, failed: 0 });
    expect(peer.requests.map(numbersOf)).toEqual(Array.from({ length: 10 }, () => [1, 2, 3, 4, 5]));
    const pauses = at.slice(1).map((ms, index) => ms - (at[index] ?? 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(190);
  });
});

describe('a line that the server cannot decide', () => {
  test('is retried together with all lines after it', async () => {
    await using peer = await startPeer(async (exchange) => {
      if (exchange.number > 1) return exchange.acceptRest();
      await exchange.accept(1);
      await exchange.answer({ outcome: 'unavailable', status: 503 });
      await exchange.acceptRest();
    });
    const file = inputOf(numbered(4, 4));
    const report = await importCommands({ ...quick, file, url: peer.url, lanes: 1 });
    expect(peer.requests.map(numbersOf)).toEqual([
      [1, 2, 3, 4],
      [2, 3, 4],
    ]);
    // Lines 3 and 4 were executed after it: with their keys they get the same outcome again.
    expect(report.tally).toEqual({ accepted: 4, replayed: 2, rejected: 0, failed: 0 });
  });

  test('is delayed as long as its outcome asks for', async () => {
    const at: number[] = [];
    await using peer = await startPeer(async (exchange) => {
      at.push(performance.now());
      if (exchange.number > 1) return exchange.acceptRest();
      await exchange.answer({ outcome: 'unavailable', status: 503, retryAfterSeconds: 0.4 });
      await exchange.acceptRest();
    });
    await importCommands({ ...oneLane, file: fiveLines(), url: peer.url });
    const [first = 0, second = 0] = at;
    expect(second - first).toBeGreaterThanOrEqual(390);
  });

  test('fails after its attempts and holds back its stream, and the others pass', async () => {
    await using peer = await startPeer(async (exchange) => {
      for (const { data } of exchange.lines) {
        if (data.n === 2) await exchange.answer({ outcome: 'failed', status: 500 });
        else await exchange.accept(1);
      }
      exchange.end();
    });
    const file = inputOf(numbered(9, 3)); // lines 2, 5 and 8 are one stream's
    const options = { ...quick, lanes: 1, batchLines: 6, attemptsMax: 3 };
    const report = await importCommands({ ...options, file, url: peer.url });
    expect(report).toMatchObject({ ending: 'undecided', answeredUpToLine: 1 });
    expect(report.tally).toMatchObject({ accepted: 6, failed: 3 });
    expect(report.firstFailed.map((result) => [result.line, result.reason])).toEqual([
      [2, 'the server answered 500 failed'],
      [5, 'held back: line 2 of the same stream is undecided'],
      [8, 'held back: line 2 of the same stream is undecided'],
    ]);
    expect(numbersOf(peer.arrived)).not.toContain(8);
    expect(numbersOf(peer.arrived).filter((n) => n === 2)).toHaveLength(3);
    expect(exitCode(report)).toBe(1);
  });

  test('is an outage when there are many: the import gives up', async () => {
    await using peer = await startPeer(async (exchange) => {
      for (const _ of exchange.lines) await exchange.answer({ outcome: 'failed', status: 500 });
      exchange.end();
    });
    const file = inputOf(numbered(1_000, 1_000));
    const options = { ...quick, lanes: 1, attemptsMax: 1 };
    const report = await importCommands({ ...options, file, url: peer.url });
    expect(report).toMatchObject({ ending: 'gave-up', answeredUpToLine: 0 });
    expect(peer.requests.length).toBeLessThan(30);
  });
});

function fiveLines(): string {
  return inputOf(numbered(5, 1));
}
