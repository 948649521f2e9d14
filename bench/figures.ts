/** What is found out about a side while it runs. */
import type { Side } from './sides.ts';
import type { Running } from './start-side.ts';

/** One side, and what is done with it once it runs. */
export interface Contender {
  readonly side: Side;
  readonly measure: (running: Running) => Promise<Figures>;
}

export interface Figures extends Arrival {
  /** In the scenario's unit. */
  readonly value: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Processor time that the side used for one, in microseconds: neighbours move it far less than `value`. */
  readonly cpuUs?: number;
  /** Wrong responses, requests without a response, and unexpected events. */
  readonly failed: number;
}

export interface Arrival {
  /** Acknowledged events that had not reached D1 when the clock stopped: work that the figure does not hold. */
  readonly behind: number;
  /** Acknowledged events that never arrived. */
  readonly missing: number;
}

/** Nearest rank: the smallest value that so many hundredths of all values do not exceed. */
export function percentile(values: readonly number[], hundredths: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil((hundredths / 100) * sorted.length) - 1] ?? Number.NaN;
}
