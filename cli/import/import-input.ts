/** Where the commands of an import come from, and what an earlier run has left of it. */
import { BEGINNING, type InputLine, type LinePosition } from './read-lines.ts';
import { NOTHING, type Tally } from './tally.ts';

export interface ImportProgress {
  readonly place: LinePosition;
  /** Of the lines before the place. */
  readonly tally: Tally;
}

export const AT_THE_BEGINNING: ImportProgress = { place: BEGINNING, tally: NOTHING };

export interface ImportInput {
  /** 0: not known. */
  readonly bytes: number;
  /** Where this run begins. */
  readonly start: ImportProgress;
  /** From the start on. Ends when `stop` is aborted, even while a source makes its next command. */
  lines(stop: AbortSignal): AsyncIterable<InputLine>;
  save(progress: ImportProgress): void;
  /** Everything is answered: nothing is left to remember. */
  finish(): void;
}
