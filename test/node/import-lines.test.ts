// The import's parts that need no server: cutting, reading and keying lines, the watermark, the waits.
import { writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandLines } from '../../cli/import/command-lines.ts';
import { parseCommand } from '../../cli/import/parse-command.ts';
import { BEGINNING, readLines } from '../../cli/import/read-lines.ts';
import { splitLines } from '../../cli/import/split-lines.ts';
import { NOTHING } from '../../cli/import/tally.ts';
import { collect, newPath } from '../../cli/import/testing/inputs.ts';
import { Watermark } from '../../cli/import/watermark.ts';
import { backoffMs, retryAfterMs } from '../../client/backoff.ts';

const placed = '{"aggregate":"order","id":"o-1","command":"PlaceOrder","data":{}}';

describe('a command line', () => {
  test.each([
    ['{"aggregate":"order"', 'not JSON'],
    ['[]', 'expected object'],
    [placed.replace('"command":"PlaceOrder",', ''), 'command: '],
    [placed.replace(',"data":{}', ''), 'data: '],
    [placed.replace('{}', '[]'), 'data: '],
    [placed.replace('o-1', 'o/1'), 'id: must be 1 to 128'],
    [placed.replace('{}', '{},"occuredAt":"2024-01-01T00:00:00Z"'), 'occuredAt'],
    [placed.replace('{}', '{},"occurredAt":"yesterday"'), 'occurredAt: '],
    [placed.replace('{}', '{},"expectedVersion":-1'), 'expectedVersion: '],
  ])('%s is malformed, with the reason %s', (text, reason) => {
    const parsed = parseCommand(1, text);
    expect(parsed).toMatchObject({ kind: 'broken', reason: expect.stringContaining(reason) });
  });

  test('keeps a key of its own', () => {
    const json = placed.replace('{}', '{},"idempotencyKey":"mine"');
    expect(parseCommand(7, json)).toEqual({ kind: 'ready', stream: 'order/o-1', json });
  });

  test('without a key gets the hash of its number and text', () => {
    // From outside: { echo 7; printf '%s' "$line"; } | sha256sum | head -c 40
    const key = 'import-5ff6d597e04ca8d36794d08e3ff604e4556c4b0e';
    const json = placed.replace('{}', `{},"idempotencyKey":"${key}"`);
    expect(parseCommand(7, placed)).toEqual({ kind: 'ready', stream: 'order/o-1', json });
  });

  test('is sent as it was typed, so that no number loses a digit', () => {
    const text = placed.replace('{}', '{ "cents": 12345678901234567890 } ');
    const parsed = parseCommand(1, `${text} \t`);
    const written = /^(.*),"idempotencyKey":"import-[0-9a-f]{40}"}$/;
    expect(parsed).toMatchObject({ json: expect.stringMatching(written) });
    expect(parsed).toMatchObject({ json: expect.stringContaining(text.slice(0, -1)) });
  });
});

describe('a file of lines', () => {
  const lines = [
    Buffer.from(`\uFEFF${placed}\r\n`),
    Buffer.from('  \t\r\n\n'),
    Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a]),
    Buffer.from(`${placed.replace('{}', `{"note":"${'é'.repeat(524_288)}"}`)}\n`),
    Buffer.from('not json\n'),
    Buffer.from(placed),
  ];

  test('reads CRLF, blank lines, a byte order mark and a missing last break; names malformed lines', async () => {
    const read = await collect(readLines(fileOf(lines), BEGINNING, commandLines));
    const found = read.map((line) => [
      line.number,
      line.kind === 'broken' ? line.reason : line.kind,
    ]);
    expect(found).toEqual([
      [1, 'ready'],
      [2, 'blank'],
      [3, 'blank'],
      [4, 'not UTF-8'],
      [5, 'longer than 1048576 bytes'],
      [6, 'not JSON'],
      [7, 'ready'],
    ]);
  });

  test('reads on from any place as if it had read from the beginning', async () => {
    const file = fileOf(lines);
    const whole = await collect(readLines(file, BEGINNING, commandLines));
    for (const { number, end } of whole) {
      const rest = await collect(readLines(file, { line: number, offset: end }, commandLines));
      expect(rest).toEqual(whole.slice(number));
    }
  });

  test('is cut the same however its bytes arrive', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((some) => some.map((byte) => byte % 14));
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 7 }), async (input, chunkBytes) => {
        const cut = await collect(splitLines(chunksOf(input, chunkBytes), 5));
        expect(cut).toEqual(await collect(splitLines([input], 5)));
        expect(cut.at(-1)?.end ?? 0).toBe(input.length);
      }),
    );
  });
});

test('a line without end is not gathered in memory', async () => {
  const megabytes = Array.from({ length: 1_000 });
  const endless = (function* () {
    for (const _ of megabytes) yield Buffer.alloc(1_000_000, 'x');
  })();
  expect(await collect(splitLines(endless, 10))).toEqual([
    { bytes: undefined, start: 0, end: 1e9 },
  ]);
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(500_000_000);
});

describe('the watermark', () => {
  test('is after the last line before which all are answered, in any order', () => {
    const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]);
    fc.assert(
      fc.property(order, (answered) => {
        const mark = new Watermark(BEGINNING, NOTHING);
        for (const number of answered) mark.answered(lineAt(number), 'accepted');
        const whole = [1, 2, 3, 4, 5, 6, 7, 8, 9].findIndex((n) => !answered.includes(n));
        expect(mark.place).toEqual({ line: whole, offset: whole * 10 });
        expect(mark.tally).toEqual({ ...NOTHING, accepted: whole });
      }),
    );
  });

  test('never passes an undecided line, and remembers nothing behind it', () => {
    const mark = new Watermark(BEGINNING, NOTHING);
    for (const number of [5, 4, 1]) mark.answered(lineAt(number), 'accepted');
    mark.undecided(lineAt(3));
    for (const number of [2, 6, 7]) mark.answered(lineAt(number), 'accepted');
    expect(mark.place.line).toBe(2);
    expect(mark.linesAhead).toBe(0);
  });
});

describe('the wait before another attempt', () => {
  const calm = { baseMs: 500, askedMs: 0, random: 1 };

  test('doubles up to half a minute and varies by half', () => {
    expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, calm))).toEqual([
      500, 1000, 2000, 4000,
    ]);
    expect(backoffMs(50, calm)).toBe(30_000);
    expect(backoffMs(3, { ...calm, random: 0 })).toBe(1_000);
  });

  test('is what the server asks for, up to five minutes', () => {
    expect(backoffMs(1, { ...calm, askedMs: 7_000 })).toBe(7_000);
    expect(backoffMs(1, { ...calm, askedMs: 1e9 })).toBe(300_000);
  });

  test.each([
    ['7', 7_000],
    ['Thu, 01 Jan 1970 00:01:30 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['soon', 0],
    [null, 0],
  ])('reads Retry-After: %s', (header, waitMs) => {
    expect(retryAfterMs(header, 60_000)).toBe(waitMs);
  });
});

function fileOf(lines: readonly Buffer[]): string {
  const file = newPath('input.ndjson');
  writeFileSync(file, Buffer.concat(lines));
  return file;
}

function* chunksOf(bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
}

function lineAt(number: number) {
  return { number, start: (number - 1) * 10, end: number * 10 };
}
