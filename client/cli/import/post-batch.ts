/**
 * One attempt at a batch: sends its lines, hands every decision on, and says how many lines were answered and
 * why the next one was not. Called by the lanes; never throws.
 */
import { isTransient, type Outcome } from './outcome.ts';
import type { CommandLine } from './read-commands.ts';
import { Refused, requestOutcomes, type Server } from './request-outcomes.ts';

/** `line`: this one command got no decision. `request`: nobody did any more. */
export interface Failure {
  readonly scope: 'line' | 'request';
  readonly reason: string;
  readonly isTransient: boolean;
  readonly retryAfterMs: number;
}

export interface Attempt {
  readonly answered: number;
  readonly failure: Failure | undefined;
}

export async function postBatch(
  server: Server,
  lines: readonly CommandLine[],
  onDecision: (line: CommandLine, outcome: Outcome) => void,
  stop: AbortSignal,
): Promise<Attempt> {
  let answered = 0;
  let failure: Failure | undefined;
  try {
    for await (const outcome of requestOutcomes(server, lines, stop)) {
      const line = lines[answered];
      // Reads to the end even so: this request must be over before its lines are sent again.
      if (failure || !line) continue;
      failure = lineFailure(outcome);
      if (failure) continue;
      onDecision(line, outcome);
      answered += 1;
    }
  } catch (error) {
    failure ??= requestFailure(error);
  }
  return { answered, failure: failure ?? missingAnswers(lines.length - answered) };
}

function lineFailure({ status, outcome, title, detail }: Outcome): Failure | undefined {
  if (!isTransient(status)) return undefined;
  const reason = `the server answered ${status} ${detail ?? title ?? outcome}`;
  return { scope: 'line', reason, isTransient: true, retryAfterMs: 0 };
}

function requestFailure(error: unknown): Failure {
  const advice = error instanceof Refused ? error : { isTransient: true, retryAfterMs: 0 };
  return {
    scope: 'request',
    reason: errorText(error),
    isTransient: advice.isTransient,
    retryAfterMs: advice.retryAfterMs,
  };
}

function missingAnswers(missing: number): Failure | undefined {
  if (missing === 0) return undefined;
  return requestFailure(new Error(`the answer ended ${missing} lines early`));
}

/** fetch says only "fetch failed" or "terminated"; what happened is in its cause. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const causeText = cause && (cause.message || ('code' in cause ? String(cause.code) : cause.name));
  return causeText ? `${error.message}: ${causeText}` : error.message;
}
