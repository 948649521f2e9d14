/**
 * `npm run bench [-- scenario …]`: measures the product against the bare platform in one
 * invocation. `--self` measures the limit against itself. How to read it: README.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wrkIsInstalled } from './load.ts';
import { type Measurement, measurementOf } from './measurement.ts';
import { type Comparison, printBelowTarget, printDrift, printRatios, record } from './report.ts';
import { commandRound, noopRound, type Round } from './round.ts';
import { type Scenario, scenarios, selfScenarios } from './scenarios.ts';
import { ROUNDS } from './settings.ts';
import { limitEager, ours, type Side } from './sides.ts';

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
try {
  await bench();
} finally {
  await rm(workDir, { recursive: true });
}

async function bench(): Promise<void> {
  const before = await calibrate('calibration-start');
  const comparisons: Comparison[] = [];
  for (const scenario of chosen) comparisons.push(await compare(scenario));
  const after = await calibrate('calibration-end');
  printRatios(comparisons);
  printBelowTarget(comparisons);
  printDrift(before, after);
}

async function calibrate(name: string): Promise<Measurement[]> {
  const sides = values.self ? [limitEager] : [ours, limitEager];
  return measure(name, sides, 1, (side) => noopRound(side, workDir));
}

async function compare(scenario: Scenario): Promise<Comparison> {
  const sides = [scenario.ours, ...scenario.limits];
  const round = (side: Side) => commandRound(side, scenario, workDir);
  const [mine, ...limits] = await measure(scenario.name, sides, ROUNDS, round);
  const [limit] = limits.sort((a, b) => b.value - a.value);
  if (!mine || !limit) throw new Error(`${scenario.name} has nothing to compare.`);
  return { ours: mine, limit };
}

/** The sides take turns (A B A B A B), so that a drift of the machine hits all of them alike. */
async function measure(
  scenario: string,
  sides: readonly Side[],
  count: number,
  round: (side: Side) => Promise<Round>,
): Promise<Measurement[]> {
  const rounds: Round[][] = sides.map(() => []);
  for (let turn = 0; turn < count; turn++) {
    for (const [index, side] of sides.entries()) rounds[index]?.push(await round(side));
  }
  const measurements = sides.map((side, index) =>
    measurementOf(side.name, scenario, rounds[index] ?? []),
  );
  for (const measurement of measurements) record(measurement);
  return measurements;
}

function chosenScenarios(): readonly Scenario[] {
  const known = values.self ? selfScenarios : scenarios;
  const unknown = positionals.filter((name) => !known.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    console.error(
      `Unknown: ${unknown.join(', ')}. Known: ${known.map(({ name }) => name).join(', ')}`,
    );
    process.exit(2);
  }
  return positionals.length === 0 ? known : known.filter(({ name }) => positionals.includes(name));
}
