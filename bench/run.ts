/**
 * `npm run bench [-- scenario …]`: measures the product against the bare platform in one
 * invocation. `--self` measures the limit against itself. How to read it: README.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Comparison, comparisonOf, isVoid } from './comparison.ts';
import type { Contender } from './figures.ts';
import { wrkIsInstalled } from './load.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import {
  printBelowTarget,
  printDrift,
  printRatios,
  printSlowTails,
  printVoid,
  record,
} from './report.ts';
import { measureRound, type Round } from './round.ts';
import { calibration, type Scenario, scenarios, selfScenarios } from './scenarios.ts';
import { ROUNDS } from './settings.ts';
import { limitEager, ours } from './sides.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { self: { type: 'boolean', default: false } },
});

if (!wrkIsInstalled()) {
  console.error('The load comes from wrk, which is not installed: apt-get install wrk');
  process.exit(2);
}

const chosen = chosenScenarios();
const workDir = await mkdtemp(join(tmpdir(), 'ledge-bench-bundles-'));
const measured: Measurement[] = [];
try {
  await bench();
} finally {
  await rm(workDir, { recursive: true });
}

async function bench(): Promise<void> {
  const before = await calibrate('calibration-start');
  const comparisons: Comparison[] = [];
  for (const scenario of chosen) {
    const contenders = [scenario.ours, ...scenario.limits];
    const measurements = await measure(scenario, contenders, ROUNDS);
    comparisons.push(comparisonOf(scenario.target, measurements));
  }
  const after = await calibrate('calibration-end');
  printRatios(comparisons);
  printBelowTarget(comparisons);
  printSlowTails(comparisons);
  printDrift(before, after);
  const voided = measured.filter(isVoid);
  printVoid(voided);
  if (voided.length > 0) process.exitCode = 1;
}

function calibrate(name: string): Promise<Measurement[]> {
  const sides = values.self ? [limitEager] : [ours, limitEager];
  return measure({ name, unit: 'requests/s' }, sides.map(calibration), 1);
}

/** The sides take turns (A B A B A B), so that a drift of the machine hits all of them alike. */
async function measure(
  scenario: Pick<Scenario, 'name' | 'unit'>,
  contenders: readonly Contender[],
  count: number,
): Promise<Measurement[]> {
  const rounds: Round[][] = contenders.map(() => []);
  for (let turn = 0; turn < count; turn++) {
    for (const [index, contender] of contenders.entries()) {
      rounds[index]?.push(await measureRound(contender, workDir));
    }
  }
  const measurements = contenders.map(({ side }, index) =>
    measurementOf(side.name, scenario, rounds[index] ?? []),
  );
  for (const measurement of measurements) record(measurement);
  measured.push(...measurements);
  return measurements;
}

/** By name, or by what their names begin with. */
function chosenScenarios(): readonly Scenario[] {
  const known = values.self ? selfScenarios : scenarios;
  const isNamed = ({ name }: Scenario, given: string) =>
    name === given || name.startsWith(`${given}/`);
  const unknown = positionals.filter((given) => !known.some((one) => isNamed(one, given)));
  if (unknown.length > 0) {
    console.error(
      `Unknown: ${unknown.join(', ')}. Known: ${known.map(({ name }) => name).join(', ')}`,
    );
    process.exit(2);
  }
  if (positionals.length === 0) return known;
  return known.filter((scenario) => positionals.some((given) => isNamed(scenario, given)));
}
