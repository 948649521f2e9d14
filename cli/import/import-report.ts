/** The report at the end of an import, as data and as text. */
import type { LineResult } from './line-result.ts';
import type { Tally } from './tally.ts';

/**
 * `undecided`: read to the end, but the server never decided some lines. `gave-up`: the server stopped
 * answering. After everything but `complete`, the same import again sends what is left.
 */
export type ImportEnding = 'complete' | 'undecided' | 'interrupted' | 'gave-up';

/** The result of an import: how it ended, and what became of its lines. */
export interface ImportReport {
  readonly ending: ImportEnding;
  /** Why it gave up. */
  readonly reason: string | undefined;
  /** 0, or the line after which this run took over from an earlier one. */
  readonly continuedAfterLine: number;
  /** Every line up to this one is answered. */
  readonly answeredUpToLine: number;
  /** Of the whole input, the lines of the earlier run included. */
  readonly tally: Tally;
  /** The first 20 of this run. */
  readonly firstRejected: readonly LineResult[];
  readonly firstFailed: readonly LineResult[];
  /** Lines answered in this run. */
  readonly lines: number;
  readonly elapsedMs: number;
}

const number = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export function reportText(report: ImportReport): string {
  const { tally, continuedAfterLine } = report;
  return [
    ...(continuedAfterLine > 0
      ? [`continued after line ${number.format(continuedAfterLine)}`]
      : []),
    `accepted ${number.format(tally.accepted)} (${number.format(tally.replayed)} replayed)`,
    ...resultText('rejected', tally.rejected, report.firstRejected),
    ...resultText('failed', tally.failed, report.firstFailed),
    speedText(report),
    endingText(report),
  ].join('\n');
}

/** 0 when every line was decided and none was wrong; a domain's no is a decision. */
export function exitCode({ ending, tally }: ImportReport): 0 | 1 {
  return ending === 'complete' && tally.failed === 0 ? 0 : 1;
}

function resultText(result: string, total: number, first: readonly LineResult[]): string[] {
  const lines = first.map(
    ({ line, stream, reason }) => `  line ${line} ${stream ? `${stream}: ` : ''}${reason ?? ''}`,
  );
  const more = total - first.length;
  return [
    `${result} ${number.format(total)}`,
    ...lines,
    ...(more > 0 ? [`  and ${number.format(more)} more; --report FILE writes every line`] : []),
  ];
}

function speedText({ lines, elapsedMs }: ImportReport): string {
  const seconds = elapsedMs / 1_000;
  const rate = number.format(Math.round(lines / seconds));
  return `${number.format(lines)} lines in ${number.format(seconds)} s, ${rate} lines/s`;
}

function endingText({ ending, reason, answeredUpToLine }: ImportReport): string {
  if (ending === 'complete') return 'Every line is decided.';
  const why = {
    undecided: 'Some lines are undecided',
    interrupted: 'Interrupted',
    'gave-up': `Gave up: ${reason}`,
  };
  const place = `every line up to ${number.format(answeredUpToLine)} is answered`;
  return `${why[ending]}; ${place}. Run the same command again to send the rest: nothing is done twice.`;
}
