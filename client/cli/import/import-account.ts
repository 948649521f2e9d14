/**
 * Step 3 of an import: keeps account of every line's fate, for the report, for its file, for the progress bar
 * and for the run that may have to go on. Called by the lanes and, for lines that are never sent, by the reader.
 */
import { appendFileSync, closeSync, openSync } from 'node:fs';
import type { Ending, ImportReport } from './import-report.ts';
import { type ImportInput, type Progress, removeProgress, saveProgress } from './import-progress.ts';
import type { LineResult } from './line-result.ts';
import type { LinePlace } from './read-commands.ts';
import { count, type Tally } from './tally.ts';
import { Watermark } from './watermark.ts';

export interface ImportState {
  /** Settled in this run. */
  readonly lines: number;
  /** Read from the file and not settled. */
  readonly linesInFlight: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  /** Answered by an earlier run. */
  readonly bytesSkipped: number;
  readonly elapsedMs: number;
  readonly tally: Tally;
}

const LISTED_MAX = 20;
const SAVE_EVERY_MS = 1_000;
/** Chosen by us: how far the lanes may get ahead of a line that waits for the server. */
const LINES_AHEAD_MAX = 50_000;

export class ImportAccount {
  readonly #input: ImportInput;
  readonly #start: Progress;
  readonly #onState: (state: ImportState) => void;
  readonly #reportFile: number | undefined;
  readonly #watermark: Watermark;
  readonly #startedMs = performance.now();
  readonly #rejected: LineResult[] = [];
  readonly #failed: LineResult[] = [];
  #tally: Tally;
  #linesRead = 0;
  #lines = 0;
  #bytes = 0;
  #undecided = 0;
  #savedMs = performance.now();
  #saving = Promise.resolve();

  constructor(
    input: ImportInput,
    start: Progress,
    reportFile: string | undefined,
    onState: (state: ImportState) => void,
  ) {
    this.#input = input;
    this.#start = start;
    this.#onState = onState;
    this.#watermark = new Watermark(start.place, start.tally);
    this.#tally = start.tally;
    const flags = start.place.line > 0 ? 'a' : 'w';
    this.#reportFile = reportFile === undefined ? undefined : openSync(reportFile, flags);
  }

  get isTooFarAhead(): boolean {
    return this.#watermark.linesAhead > LINES_AHEAD_MAX;
  }

  lineRead(): void {
    this.#linesRead += 1;
  }

  blank(line: LinePlace): void {
    this.#watermark.answered(line, undefined);
    this.#progressed(line);
  }

  settle(line: LinePlace, result: LineResult): void {
    this.#tally = count(this.#tally, result.fate);
    if (result.answered) this.#watermark.answered(line, result.fate);
    else this.#remainsUndecided(line);
    this.#report(result);
    this.#progressed(line);
  }

  async close(ending: Ending, reason: string | undefined): Promise<ImportReport> {
    const outcome = ending === 'complete' && this.#undecided > 0 ? 'undecided' : ending;
    await this.#saving;
    if (outcome === 'complete') await removeProgress(this.#input);
    else await this.#save();
    this.release();
    return {
      ending: outcome,
      reason,
      continuedAfterLine: this.#start.place.line,
      answeredUpToLine: this.#watermark.place.line,
      tally: this.#tally,
      firstRejected: this.#rejected,
      firstFailed: this.#failed,
      lines: this.#lines,
      elapsedMs: performance.now() - this.#startedMs,
    };
  }

  release(): void {
    if (this.#reportFile !== undefined) closeSync(this.#reportFile);
  }

  #remainsUndecided(line: LinePlace): void {
    this.#undecided += 1;
    this.#watermark.undecided(line);
  }

  #report(result: LineResult): void {
    const listed = result.fate === 'rejected' ? this.#rejected : this.#failed;
    const isListed = result.fate === 'rejected' || result.fate === 'failed';
    if (isListed && listed.length < LISTED_MAX) listed.push(result);
    if (this.#reportFile !== undefined) {
      appendFileSync(this.#reportFile, `${JSON.stringify(result)}\n`);
    }
  }

  #progressed({ start, end }: LinePlace): void {
    this.#lines += 1;
    this.#bytes += end - start;
    this.#onState(this.#state());
    if (performance.now() - this.#savedMs < SAVE_EVERY_MS) return;
    this.#savedMs = performance.now();
    this.#saving = this.#saving.then(() => this.#save());
  }

  #save(): Promise<void> {
    const { place, tally } = this.#watermark;
    return place.line > 0 ? saveProgress(this.#input, { place, tally }) : Promise.resolve();
  }

  #state(): ImportState {
    return {...};
  }
}
