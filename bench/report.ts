/** Keeps the raw lines and prints what they say. Nothing fails for a figure. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Measurement } from './measurement.ts';
import { CALIBRATION_DRIFT_MAX, OTHERS_CPU_MAX, root, THROUGHPUT_TARGET } from './settings.ts';

export interface Comparison {
  readonly ours: Measurement;
  /** The best of the bare variants. */
  readonly limit: Measurement;
}

export function record(measurement: Measurement): void {
  const dir = join(root, 'bench/results');
  mkdirSync(dir, { recursive: true });
  appendFileSync(
    join(dir, `${measurement.at.slice(0, 10)}.jsonl`),
    `${JSON.stringify(measurement)}\n`,
  );
  console.log(lineOf(measurement));
}

const throughputRatio = ({ ours, limit }: Comparison) => ours.value / limit.value;

export function printRatios(comparisons: readonly Comparison[]): void {
  const rows = comparisons.map((comparison) => [comparison.ours.scenario, rowOf(comparison)]);
  console.log('\nours / limit (throughput: higher is better; p50, p99: lower is better)');
  console.table(Object.fromEntries(rows));
}

export function printBelowTarget(comparisons: readonly Comparison[]): void {
  const below = comparisons.filter((comparison) => throughputRatio(comparison) < THROUGHPUT_TARGET);
  for (const comparison of below) {
    const { scenario } = comparison.ours;
    const ratio = throughputRatio(comparison).toFixed(2);
    console.log(
      `below target: ${scenario} reaches ${ratio} of the limit, not ${THROUGHPUT_TARGET}`,
    );
  }
  if (below.length === 0) console.log(`every scenario reaches ${THROUGHPUT_TARGET} of the limit`);
}

export function printDrift(before: readonly Measurement[], after: readonly Measurement[]): void {
  for (const first of before) {
    const last = after.find(({ side }) => side === first.side);
    const drift = last ? last.value / first.value - 1 : Number.NaN;
    const verdict = Math.abs(drift) <= CALIBRATION_DRIFT_MAX ? 'quiet' : 'NOT QUIET, run again';
    console.log(
      `calibration ${first.side}: ${(drift * 100).toFixed(1)} % from start to end, ${verdict}`,
    );
  }
}

function rowOf({ ours, limit }: Comparison) {
  return {
    'ours/s': ours.value,
    'limit/s': limit.value,
    limit: limit.side,
    throughput: rounded(throughputRatio({ ours, limit })),
    p50: rounded(ours.p50Ms / limit.p50Ms),
    p99: rounded(ours.p99Ms / limit.p99Ms),
  };
}

function lineOf(measurement: Measurement): string {
  const { side, scenario, value, p50Ms, p99Ms, rounds } = measurement;
  const figures = `${value}/s  p50 ${p50Ms} ms  p99 ${p99Ms} ms  rounds ${rounds.join(' ')}`;
  return `${scenario.padEnd(28)} ${side.padEnd(12)} ${figures}${doubtsOf(measurement)}`;
}

/** What speaks against a figure, or limits what it says. */
function doubtsOf({ non2xx, behind, missing, othersCpu }: Measurement): string {
  const doubts = [
    non2xx > 0 && `non-2xx ${non2xx}`,
    behind > 0 && `behind ${behind}`,
    missing > 0 && `missing ${missing}`,
    othersCpu > OTHERS_CPU_MAX && `DISTURBED, others used ${Math.round(othersCpu * 100)} % CPU`,
  ];
  return doubts.flatMap((doubt) => (doubt ? [`  ${doubt}`] : [])).join('');
}

const rounded = (ratio: number) => Math.round(ratio * 100) / 100;
