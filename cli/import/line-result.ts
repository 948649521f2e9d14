/**
 * The result of one line: the unit of the report and of its NDJSON file. `answered` is false when the server
 * never decided, so that another run must send the line again.
 */
import type { LineOutcome } from './outcome.ts';
import type { ReadyLine } from './read-lines.ts';
import type { ResultKind } from './tally.ts';

/** What became of one line, or of one item of a source. */
export interface LineResult {
  readonly line: number;
  readonly result: ResultKind;
  readonly answered: boolean;
  readonly stream?: string;
  readonly outcome?: string;
  readonly status?: number;
  readonly version?: number | undefined;
  readonly reason?: string | undefined;
}

export function answeredResult(
  line: ReadyLine,
  outcome: LineOutcome,
  isDecided: boolean,
): LineResult {
  return {
    line: line.number,
    result: kindOf(outcome, isDecided),
    answered: true,
    stream: line.stream,
    outcome: outcome.outcome,
    status: outcome.status,
    version: outcome.version,
    reason: reasonOf(outcome),
  };
}

export function brokenResult(line: number, reason: string): LineResult {
  return { line, result: 'failed', answered: true, reason };
}

export function unansweredResult({ number, stream }: ReadyLine, reason: string): LineResult {
  return { line: number, result: 'failed', answered: false, stream, reason };
}

/** The domain may reject, and versions may conflict; `invalid`, `unknown` and the like mean a wrong line. */
function kindOf({ outcome, replayed }: LineOutcome, isDecided: boolean): ResultKind {
  if (outcome === 'accepted') return replayed ? 'replayed' : 'accepted';
  if (!isDecided) return 'failed';
  return outcome === 'rejected' || outcome === 'conflict' ? 'rejected' : 'failed';
}

function reasonOf({ outcome, reason, title, detail }: LineOutcome): string | undefined {
  if (outcome === 'accepted') return undefined;
  return [reason ?? outcome, detail ?? title].filter(Boolean).join(': ');
}
