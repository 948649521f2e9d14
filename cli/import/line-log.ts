/** The results that are read by people: the first few of each kind in memory, all of them in the report file. */
import {
  appendFileSync,
  closeSync,
  createReadStream,
  createWriteStream,
  openSync,
  renameSync,
  statSync,
} from 'node:fs';
import { pipeline } from 'node:stream/promises';
import * as z from 'zod';
import { jsonText } from './json-text.ts';
import type { LineResult } from './line-result.ts';
import { splitLines } from './split-lines.ts';

/** Chosen by us: what a person reads on a screen. */
const LISTED_MAX = 20;

/** Chosen by us: a result is a few short texts. */
const RESULT_BYTES_MAX = 1024 * 1024;

export class LineLog {
  readonly rejected: LineResult[] = [];
  readonly failed: LineResult[] = [];
  readonly #file: number | undefined;

  private constructor(file: number | undefined) {
    this.#file = file;
  }

  /** A run that resumes after `line` adds to the same report, in which only the lines up to that one are left. */
  static async open(path: string | undefined, line: number): Promise<LineLog> {
    if (path === undefined) return new LineLog(undefined);
    if (line > 0 && statSync(path, { throwIfNoEntry: false })?.isFile()) await cutAfter(path, line);
    return new LineLog(openSync(path, line > 0 ? 'a' : 'w'));
  }

  add(result: LineResult): void {
    if (result.result === 'rejected') list(this.rejected, result);
    if (result.result === 'failed') list(this.failed, result);
    // Synchronous: a full disk ends the import here instead of losing lines of the report.
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(result)}\n`);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function list(results: LineResult[], result: LineResult): void {
  if (results.length < LISTED_MAX) results.push(result);
}

/** Lanes answer out of order: what is behind the mark is sent again, and reported again. */
async function cutAfter(path: string, line: number): Promise<void> {
  const kept = `${path}.new`;
  await pipeline(
    createReadStream(path),
    (chunks: AsyncIterable<Uint8Array>) => resultsUpTo(line, chunks),
    createWriteStream(kept),
  );
  renameSync(kept, path);
}

const reported = jsonText.pipe(z.looseObject({ line: z.int() }));

/** A process that died may have left half a result at the end. */
async function* resultsUpTo(
  line: number,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  for await (const { bytes } of splitLines(chunks, RESULT_BYTES_MAX)) {
    const text = bytes?.toString('utf8') ?? '';
    const { data } = reported.safeParse(text);
    if (data && data.line <= line) yield `${text}\n`;
  }
}
