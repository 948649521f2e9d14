/**
 * One attempt at a batch: sends its lines, passes every decision on, and reports how many lines were answered and
 * why the next one was not. Called by the lanes.
 */
import { isTransient } from '../../client/retry.ts';
import { brokenExchange, type ImportFailure, undecidedLine } from './failure.ts';
import type { LineOutcome } from './outcome.ts';
import type { ReadyLine } from './read-lines.ts';
import { type ImportServer, requestOutcomes } from './request-outcomes.ts';

export interface Attempt {
  readonly answered: number;
  readonly failure: ImportFailure | undefined;
}

export async function postBatch(
  server: ImportServer,
  lines: readonly ReadyLine[],
  onDecision: (line: ReadyLine, outcome: LineOutcome) => void,
  stop: AbortSignal,
): Promise<Attempt> {
  let answered = 0;
  let failure: ImportFailure | undefined;
  for await (const answer of requestOutcomes(server, lines, stop)) {
    const line = lines[answered];
    // Reads to the end even so: this request must be over before its lines are sent again.
    if (failure || !line) continue;
    if ('scope' in answer) failure = answer;
    else if (isTransient(answer.status)) failure = undecidedLine(answer);
    else {
      onDecision(line, answer);
      answered += 1;
    }
  }
  return { answered, failure: failure ?? missingAnswers(lines.length - answered) };
}

function missingAnswers(missing: number): ImportFailure | undefined {
  return missing > 0 ? brokenExchange(`the answer ended ${missing} lines early`) : undefined;
}
