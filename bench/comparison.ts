/** The product beside its limit, in one scenario of one run. */
import type { Measurement } from './measurement.ts';
import type { Target } from './scenarios.ts';
import { P99_RATIO_MAX } from './settings.ts';

export interface Comparison {
  readonly target: Target;
  readonly ours: Measurement;
  /** The best of the bare variants. */
  readonly limit: Measurement;
}

export function comparisonOf(target: Target, measurements: readonly Measurement[]): Comparison {
  const [ours, ...limits] = measurements;
  const limit = limits.reduce<Measurement | undefined>(
    (best, other) => (best && !isBetter(target, other, best) ? best : other),
    undefined,
  );
  if (!ours || !limit) throw new Error('A scenario needs two sides.');
  return { target, ours, limit };
}

export const ratioOf = ({ ours, limit }: Comparison) => ours.value / limit.value;

export function meetsTarget(comparison: Comparison): boolean {
  const { target } = comparison;
  const ratio = ratioOf(comparison);
  return 'atLeast' in target ? ratio >= target.atLeast : ratio <= target.atMost;
}

/** How many times as long the slowest hundredth takes. */
export function tailRatio({ ours, limit }: Comparison): number | undefined {
  if (ours.p99Ms === undefined || limit.p99Ms === undefined) return undefined;
  return ours.p99Ms / limit.p99Ms;
}

/** Of a load by many at once: of few samples the slowest says nothing. */
export function hasSlowTail(comparison: Comparison): boolean {
  const { unit } = comparison.ours;
  const isLoad = unit === 'commands/s' || unit === 'requests/s';
  return isLoad && (tailRatio(comparison) ?? 0) > P99_RATIO_MAX;
}

/** Answers or events that were not what they had to be: the figure is worth nothing. */
export const isVoid = ({ failed, missing }: Measurement) => failed > 0 || missing > 0;

function isBetter(target: Target, one: Measurement, other: Measurement): boolean {
  return 'atLeast' in target ? one.value > other.value : one.value < other.value;
}
