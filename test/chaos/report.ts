/** What a run of chaos came to, in a few lines for people. */

import { findingsText } from '../checker/findings-text.ts';
import { historyOf } from '../checker/history.ts';
import type { Chaos, ChaosOptions } from './chaos.ts';
import { spreadOf } from './figures.ts';

export function chaosText({ kills, seed, backlog }: ChaosOptions, run: Chaos): string {
  const { command, state, events, rows, follow } = historyOf(run.recorder.lines);
  const unanswered = command.filter(({ answer, failure }) => !answer && !failure);
  const reads = [state, events, rows, follow].reduce((sum, { length }) => sum + length, 0);
  return [
    `${kills} kills (seed ${seed}): ${command.length} commands, ${unanswered.length} of them without an answer, ` +
      `${reads} reads; ${run.state.journal.length} events, ${run.state.sagas.length} sagas.`,
    `Kill to first accepted command: ${spread(run.recoveriesMs)}.`,
    `Read side caught up by itself: ${seconds(run.drainMs)} after the last start.`,
    ...(run.backlogMs === undefined
      ? []
      : [`A backlog of ${backlog} events: ${seconds(run.backlogMs)} after the start.`]),
    findingsText(run.findings),
  ].join('\n');
}

function spread(millis: readonly number[]): string {
  const { median, most } = spreadOf(millis);
  return `median ${seconds(median)}, at most ${seconds(most)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
