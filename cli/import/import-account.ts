/**
 * Step 3 of an import: keeps account of every line's result, for the report, for the progress bar and for the
 * run that may have to go on. Called by the lanes and, for lines that are never sent, by the reader.
 */
import type { ImportInput, ImportProgress } from './import-input.ts';
import type { ImportEnding, ImportReport } from './import-report.ts';
import type { LineLog } from './line-log.ts';
import type { LineResult } from './line-result.ts';
import type { LinePlace } from './read-lines.ts';
import { count, type Tally } from './tally.ts';
import { Watermark } from './watermark.ts';

/** How far an import is. */
export interface ImportState {
  /** Read and settled in this run; the difference is buffered or on the wire. */
  readonly linesRead: number;
  readonly linesSettled: number;
  /** Of the file, and 0 of a source; the skipped ones were answered in an earlier run. */
  readonly bytesTotal: number;
  readonly bytesSkipped: number;
  readonly bytesSettled: number;
  readonly elapsedMs: number;
}

const SAVE_EVERY_MS = 1_000;

/** Chosen by us: how far the lanes may get ahead of a line that waits for its answer. */
const LINES_AHEAD_MAX = 50_000;

export class ImportAccount {
  readonly #input: ImportInput;
  readonly #start: ImportProgress;
  readonly #log: LineLog;
  readonly #onProgress: ((state: ImportState) => void) | undefined;
  readonly #watermark: Watermark;
  readonly #startedMs = performance.now();
  #savedMs = performance.now();
  #tally: Tally;
  #linesRead = 0;
  #linesSettled = 0;
  #bytesSettled = 0;
  #undecided = 0;

  constructor(input: ImportInput, log: LineLog, onProgress?: (state: ImportState) => void) {
    this.#input = input;
    this.#start = input.start;
    this.#log = log;
    this.#onProgress = onProgress;
    this.#watermark = new Watermark(input.start.place, input.start.tally);
    this.#tally = input.start.tally;
  }

  get isTooFarAhead(): boolean {
    return this.#watermark.linesAhead >= LINES_AHEAD_MAX;
  }

  read(): void {
    this.#linesRead += 1;
  }

  settleBlank(line: LinePlace): void {
    this.#watermark.answered(line, undefined);
    this.#settled(line);
  }

  settle(line: LinePlace, result: LineResult): void {
    this.#log.add(result);
    this.#tally = count(this.#tally, result.result);
    if (result.answered) {
      this.#watermark.answered(line, result.result);
    } else {
      this.#watermark.undecided(line);
      this.#undecided += 1;
    }
    this.#settled(line);
  }

  close(ending: Exclude<ImportEnding, 'undecided'>, reason: string | undefined): ImportReport {
    const isComplete = ending === 'complete' && this.#undecided === 0;
    if (isComplete) this.#input.finish();
    else this.#save();
    return {
      ending: ending === 'complete' && !isComplete ? 'undecided' : ending,
      reason,
      continuedAfterLine: this.#start.place.line,
      answeredUpToLine: this.#watermark.place.line,
      tally: this.#tally,
      firstRejected: this.#log.rejected,
      firstFailed: this.#log.failed,
      lines: this.#linesSettled,
      elapsedMs: this.#elapsedMs,
    };
  }

  get #elapsedMs(): number {
    return performance.now() - this.#startedMs;
  }

  #state(): ImportState {
    return {
      linesRead: this.#linesRead,
      linesSettled: this.#linesSettled,
      bytesTotal: this.#input.bytes,
      bytesSkipped: this.#start.place.offset,
      bytesSettled: this.#bytesSettled,
      elapsedMs: this.#elapsedMs,
    };
  }

  #settled({ start, end }: LinePlace): void {
    this.#linesSettled += 1;
    this.#bytesSettled += end - start;
    this.#onProgress?.(this.#state());
    if (performance.now() - this.#savedMs >= SAVE_EVERY_MS) this.#save();
  }

  #save(): void {
    const { place, tally } = this.#watermark;
    this.#savedMs = performance.now();
    if (place.line > 0) this.#input.save({ place, tally });
  }
}
