/** The results that somebody will read: the first few of each kind in memory, all of them in the report file. */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { LineResult } from './line-result.ts';

/** Chosen by us: what a person reads on a screen. */
const LISTED_MAX = 20;

export class LineLog {
  readonly rejected: LineResult[] = [];
  readonly failed: LineResult[] = [];
  readonly #file: number | undefined;

  /** A run that goes on where another stopped adds to the same report. */
  constructor(path: string | undefined, { goesOn }: { readonly goesOn: boolean }) {
    this.#file = path === undefined ? undefined : openSync(path, goesOn ? 'a' : 'w');
  }

  add(result: LineResult): void {
    if (result.fate === 'rejected') list(this.rejected, result);
    if (result.fate === 'failed') list(this.failed, result);
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
