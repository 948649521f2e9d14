// An import that was stopped, by a script or by Ctrl-C, and begun again: nothing is lost, nothing done twice.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ImportState } from '../../cli/import/import-account.ts';
import {
  ascending,
  inputOf,
  numbered,
  numbersOf,
  progressOf,
  upTo,
} from '../../cli/import/testing/inputs.ts';
import { type ScriptedPeer, startPeer } from '../../cli/import/testing/scripted-peer.ts';
import { importCommands } from '../../cli/import-commands.ts';

describe('an import', () => {
  test('stops at once on a signal, even while the server does not answer', async () => {
    const stop = new AbortController();
    await using peer = await startPeer(() => stop.abort());
    const input = { file: inputOf(numbered(2_000, 37)), url: peer.url };
    const report = await importCommands({ ...input, signal: stop.signal });
    expect(report).toMatchObject({ ending: 'interrupted', answeredUpToLine: 0 });
    expect(report.elapsedMs).toBeLessThan(5_000);
  });

  test('that breaks on this side ends, and throws what broke it', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const onProgress = () => {
      throw new Error('the disk is full');
    };
    const input = { file: inputOf(numbered(2_000, 37)), url: peer.url, batchLines: 10 };
    await expect(importCommands({ ...input, onProgress })).rejects.toThrow('the disk is full');
  });
});

describe('I4 an interrupted import, begun again', () => {
  test('sends the remaining lines and at most those in flight, under the same keys', async () => {
    await using peer = await startPeer(async (exchange) => {
      await sleep(Math.random() * 4);
      await exchange.acceptRest();
    });
    const input = { file: inputOf(numbered(2_000, 37)), url: peer.url, batchLines: 20 };
    const first = await interrupt(input, 700);
    const sentFirst = peer.requests.splice(0).flat();
    expect(first).toMatchObject({ ending: 'interrupted', tally: { failed: 0 } });
    expect(first.answeredUpToLine).toBeGreaterThan(400);

    const second = await importCommands(input);
    const left = upTo(2_000).slice(first.answeredUpToLine);
    expect(ascending(numbersOf(peer.arrived))).toEqual(left);
    const keys = [...sentFirst, ...peer.arrived].map((sent) => sent.idempotencyKey);
    expect(new Set(keys).size).toBe(2_000);
    // Twice the lines of four lanes, because the slowest of them delays the progress of the others.
    expect(keys.length - 2_000).toBeLessThanOrEqual(2 * 4 * 2 * 20);
    expect(second).toMatchObject({ ending: 'complete', tally: { accepted: 2_000, failed: 0 } });
    expect(existsSync(progressOf(input.file))).toBe(false);
  });

  test('starts from the beginning under another token, which may be another tenant', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = await interruptedAt(peer);
    const again = await importCommands({ file, url: peer.url, token: 'other' });
    expect(again).toMatchObject({ ending: 'complete', continuedAfterLine: 0 });
  });

  test('starts from the beginning at another server', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    await using elsewhere = await startPeer((exchange) => exchange.acceptRest());
    const file = await interruptedAt(peer);
    await importCommands({ file, url: elsewhere.url });
    expect(elsewhere.arrived).toHaveLength(100);
  });

  test('starts from the beginning when the input has changed', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = await interruptedAt(peer);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"n":1}', '"n":7}'));
    expect(await importCommands({ file, url: peer.url })).toMatchObject({ continuedAfterLine: 0 });
  });

  test('starts from the beginning on request', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = await interruptedAt(peer);
    const again = await importCommands({ file, url: peer.url, restart: true });
    expect(again).toMatchObject({ ending: 'complete', continuedAfterLine: 0 });
  });

  test('starts from the beginning when its progress file is incomplete', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = await interruptedAt(peer);
    writeFileSync(progressOf(file), '{"url":');
    expect(await importCommands({ file, url: peer.url })).toMatchObject({ continuedAfterLine: 0 });
  });
});

describe('I7 the report of an import that was interrupted', () => {
  const linesOf = (report: string) =>
    readFileSync(report, 'utf8')
      .trimEnd()
      .split('\n')
      .map((text): number => JSON.parse(text).line);

  test('has every line once, with any lines in flight', async () => {
    await using peer = await startPeer(async (exchange) => {
      await sleep(Math.random() * 4);
      await exchange.acceptRest();
    });
    const file = inputOf(numbered(2_000, 37));
    const reportFile = `${file}.report`;
    const input = { file, url: peer.url, batchLines: 20, reportFile };
    const first = await interrupt(input, 700);
    // More is reported than the mark has passed: those lines are sent again.
    expect(linesOf(reportFile).length).toBeGreaterThan(first.answeredUpToLine);
    await importCommands(input);
    expect(ascending(linesOf(reportFile))).toEqual(upTo(2_000));
  });

  test('loses half a line that a dying process left, and nothing before the mark', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = inputOf(numbered(100, 1));
    const reportFile = `${file}.report`;
    const input = { file, url: peer.url, batchLines: 10, reportFile };
    const { answeredUpToLine } = await interrupt(input, 25);
    writeFileSync(reportFile, `${readFileSync(reportFile, 'utf8')}{"line":3`);
    await importCommands(input);
    expect(answeredUpToLine).toBeGreaterThan(0);
    expect(linesOf(reportFile)).toEqual(upTo(100));
  });

  test('starts again with an import that does', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = inputOf(numbered(100, 1));
    const input = { file, url: peer.url, batchLines: 10, reportFile: `${file}.report` };
    await interrupt(input, 25);
    await importCommands({ ...input, restart: true });
    expect(linesOf(input.reportFile)).toEqual(upTo(100));
  });
});

describe('I8 a file that is no UTF-8', () => {
  const text = numbered(3, 1).join('\n');

  test.each([
    ['gzip', gzipSync(text), 'gunzip'],
    ['zstd', zstdCompressSync(text), 'unzstd'],
    ['a zip archive', Buffer.from('PK\u0003\u0004'), 'unzip'],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le'), 'iconv'],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(), 'iconv'],
    ['UTF-16', Buffer.from(text, 'utf16le'), 'iconv -f UTF-16LE'],
    ['UTF-16', Buffer.from(text, 'utf16le').swap16(), 'iconv -f UTF-16BE'],
  ])('as %s is named, and nothing is sent', async (name, bytes, remedy) => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = inputOf([]);
    writeFileSync(file, bytes);
    const { code, output } = await endOf(cli(file, '--url', peer.url));
    expect([code, peer.requests]).toEqual([1, []]);
    expect(output).toContain(`${file} is ${name}, and an import reads UTF-8 lines.`);
    expect(output).toContain(remedy);
    expect(existsSync(progressOf(file))).toBe(false);
  });

  test('but begins with the mark that UTF-8 may have is read', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = inputOf(numbered(3, 1));
    writeFileSync(file, `\uFEFF${readFileSync(file, 'utf8')}`);
    expect(await importCommands({ file, url: peer.url })).toMatchObject({ tally: { accepted: 3 } });
  });
});

describe('the command line', () => {
  test('exits with 0 when every line is decided', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const { code, output } = await endOf(cli(inputOf(numbered(300, 9)), '--url', peer.url));
    expect([code, output]).toEqual([0, expect.stringContaining('accepted 300 (0 replayed)')]);
  });

  test('sends its token, and exits with 1 when a line is broken', async () => {
    await using peer = await startPeer((exchange) => exchange.acceptRest());
    const file = inputOf([...numbered(2, 1), 'broken']);
    const { code, output } = await endOf(cli(file, '--url', peer.url, '--token', 'secret'));
    expect([code, output]).toEqual([1, expect.stringContaining('line 3 not JSON')]);
    expect(peer.authorization).toBe('Bearer secret');
  });

  test('stops cleanly on Ctrl-C, even pressed twice, and prints how to continue', async () => {
    await using peer = await startPeer(async (exchange) => {
      await sleep(20);
      await exchange.acceptRest();
    });
    const file = inputOf(numbered(20_000, 50));
    const importing = cli(file, '--url', peer.url, '--batch', '20');
    const ended = endOf(importing);
    while (peer.requests.length < 50) await sleep(10);
    importing.kill('SIGINT');
    await sleep(1);
    importing.kill('SIGINT');
    const { code, output } = await ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /Interrupted; every line up to [\d,]+ is answered. Run the same command/,
    );
    expect(existsSync(progressOf(file))).toBe(true);
  });

  test('names a setting that makes no sense', async () => {
    const { code, output } = await endOf(cli(inputOf([]), '--lanes', 'many'));
    expect([code, output]).toEqual([1, expect.stringContaining('lanes: ')]);
  });
});

/** Runs an import until this many lines are settled. */
function interrupt(input: { file: string; url: string; batchLines: number }, lines: number) {
  const stop = new AbortController();
  const onProgress = ({ linesSettled }: ImportState) => {
    if (linesSettled === lines) stop.abort();
  };
  return importCommands({ ...input, signal: stop.signal, onProgress });
}

async function interruptedAt(peer: ScriptedPeer): Promise<string> {
  const file = inputOf(numbered(100, 1));
  await interrupt({ file, url: peer.url, batchLines: 10 }, 25);
  expect(existsSync(progressOf(file))).toBe(true);
  return file;
}

function cli(...flags: string[]): ChildProcess {
  const program = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
  return spawn(process.execPath, [program, 'import', ...flags]);
}

async function endOf(program: ChildProcess): Promise<{ code: unknown; output: string }> {
  const { stdout, stderr } = program;
  if (!stdout || !stderr) throw new Error('The program has no output.');
  const [[code], ...output] = await Promise.all([
    once(program, 'close'),
    text(stdout),
    text(stderr),
  ]);
  return { code, output: output.join('') };
}
