/** Keeps the raw lines and prints what they say. */
import { type Comparison, hasSlowTail, meetsTarget, ratioOf, tailRatio } from './comparison.ts';
import type { Measurement } from './measurement.ts';
import { appendResult } from './results.ts';
import type { Target } from './scenarios.ts';
import { CALIBRATION_DRIFT_MAX, OTHERS_CPU_MAX, P99_RATIO_MAX } from './settings.ts';

export function record(measurement: Measurement): void {
  appendResult('limits', measurement);
  console.log(lineOf(measurement));
}

export function printRatios(comparisons: readonly Comparison[]): void {
  const rows = comparisons.map((comparison) => [comparison.ours.scenario, rowOf(comparison)]);
  console.log('\nours / limit');
  console.table(Object.fromEntries(rows));
}

export function printBelowTarget(comparisons: readonly Comparison[]): void {
  const below = comparisons.filter((comparison) => !meetsTarget(comparison));
  for (const comparison of below) {
    const { ours, target } = comparison;
    const ratio = rounded(ratioOf(comparison));
    console.log(`below target: ${ours.scenario} is ${ratio} of the limit, not ${textOf(target)}`);
  }
  if (below.length === 0) console.log('every scenario meets its target');
}

export function printSlowTails(comparisons: readonly Comparison[]): void {
  for (const comparison of comparisons.filter(hasSlowTail)) {
    const ratio = rounded(tailRatio(comparison));
    const { scenario } = comparison.ours;
    console.log(`slow tail: p99 of ${scenario} is ${ratio} of the limit's, not ≤ ${P99_RATIO_MAX}`);
  }
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

export function printVoid(measurements: readonly Measurement[]): void {
  for (const measurement of measurements) console.error(`VOID: ${lineOf(measurement)}`);
}

function rowOf(comparison: Comparison) {
  const { ours, limit, target } = comparison;
  return {
    ours: ours.value,
    limit: limit.value,
    unit: ours.unit,
    'limit by': limit.side,
    ratio: rounded(ratioOf(comparison)),
    target: textOf(target),
    p50: rounded(quotient(ours.p50Ms, limit.p50Ms)) ?? '–',
    p99: rounded(tailRatio(comparison)) ?? '–',
    cpu: rounded(quotient(ours.cpuUs, limit.cpuUs)) ?? '–',
  };
}

function lineOf(measurement: Measurement): string {
  const { side, scenario, value, unit, rounds } = measurement;
  const figures = `${value} ${unit}${timesOf(measurement)}  rounds ${rounds.join(' ')}`;
  return `${scenario.padEnd(28)} ${side.padEnd(12)} ${figures}${doubtsOf(measurement)}`;
}

function timesOf({ p50Ms, p99Ms, cpuUs }: Measurement): string {
  const latency = p50Ms === undefined ? '' : `  p50 ${p50Ms} ms  p99 ${p99Ms} ms`;
  return cpuUs === undefined ? latency : `${latency}  cpu ${cpuUs} µs`;
}

/** What speaks against a figure, or limits what it says. */
function doubtsOf({ failed, behind, missing, othersCpu }: Measurement): string {
  const doubts = [
    failed > 0 && `failed ${failed}`,
    behind > 0 && `behind ${behind}`,
    missing > 0 && `missing ${missing}`,
    othersCpu > OTHERS_CPU_MAX && `DISTURBED, others used ${Math.round(othersCpu * 100)} % CPU`,
  ];
  return doubts.flatMap((doubt) => (doubt ? [`  ${doubt}`] : [])).join('');
}

function textOf(target: Target): string {
  return 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
}

function quotient(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

const rounded = (ratio: number | undefined) => ratio && Math.round(ratio * 100) / 100;
