/** B16: what a SIGKILL costs. */
import type { ChaosFigures } from '../../test/chaos/figures.ts';
import { table } from './table.ts';

const RECOVERY_MS_MAX = 2_000;
const BACKLOG_MS_MAX = 10_000;

export function recoverySection([figures]: readonly [
  ChaosFigures & { readonly at: string },
]): readonly string[] {
  const { at, kills, seed, commands, recoveryMs, drainMs, backlog, backlogMs, findings } = figures;
  return [
    `${at.slice(0, 10)}, ${kills} kills (seed ${seed}) under ${commands} commands.`,
    '',
    ...table(
      ['', 'found', 'target'],
      [
        [
          'SIGKILL to the first accepted command, median',
          ...timed(recoveryMs.median, RECOVERY_MS_MAX),
        ],
        ['the same, at most', `${seconds(recoveryMs.most)} s`, '–'],
        ['read side has caught up by itself after the last start', `${seconds(drainMs)} s`, '–'],
        ...(backlogMs === undefined
          ? []
          : [[`a backlog of ${backlog} events is drained`, ...timed(backlogMs, BACKLOG_MS_MAX)]]),
        ['lost, doubled, reordered or torn, by the checker', `${findings}`, '0'],
      ],
    ),
  ];
}

function timed(ms: number, msMax: number): readonly string[] {
  const verdict = ms <= msMax ? 'met' : 'missed';
  return [`${seconds(ms)} s`, `≤ ${msMax / 1_000} s, ${verdict}`];
}

const seconds = (ms: number) => (ms / 1_000).toFixed(2);
