/** B19: what a long time under load has left behind. */
import type { Verdict } from '../soak/verdict.ts';
import { table } from './table.ts';

interface Whole {
  readonly kind: 'soak';
  readonly minutes: number;
  readonly seed: number;
  readonly ratePerSecond: number;
  readonly requests: number;
  readonly events: number;
  readonly sagas: number;
  readonly frames: number;
  readonly at: string;
}

export type SoakLines = readonly [Whole, ...(Verdict | { readonly kind: 'sample' })[]];

export function soakSection([whole, ...lines]: SoakLines): readonly string[] {
  const verdicts = lines.filter((line) => line.kind === 'verdict');
  const { at, minutes, seed, ratePerSecond, requests, events, sagas, frames } = whole;
  return [
    `${at.slice(0, 10)}, ${minutes} minutes (seed ${seed}), ${ratePerSecond} requests a second: ${requests} requests, ` +
      `${events} events, ${sagas} sagas, ${frames} live frames.`,
    '',
    ...table(
      ['promise', 'found', ''],
      verdicts.map(({ promise, found, holds }) => [promise, found, holds ? 'held' : '**broken**']),
    ),
  ];
}
