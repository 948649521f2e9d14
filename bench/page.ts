/**
 * `npm run bench:page`: writes docs/benchmarks.md from the newest day's raw lines. What a scenario was measured at last
 * counts, if it was measured to the end.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { comparisonOf, isVoid, meetsTarget, ratioOf, tailRatio } from './comparison.ts';
import type { Measurement } from './measurement.ts';
import { type Scenario, scenarios } from './scenarios.ts';
import { OTHERS_CPU_MAX, root } from './settings.ts';

const results = join(root, 'bench/results');
const page = join(root, 'docs/benchmarks.md');
const BEGIN = '<!-- measured: begin, written by npm run bench:page -->';
const END = '<!-- measured: end -->';

const day = readdirSync(results).sort().at(-1);
if (day === undefined) throw new Error('Nothing was measured yet: npm run bench.');
const lines = readFileSync(join(results, day), 'utf8').trimEnd().split('\n');
/** `record` wrote them. */
const measured = lines.map((line): Measurement => JSON.parse(line));

const text = readFileSync(page, 'utf8');
const [before, rest = ''] = text.split(BEGIN);
const [, after] = rest.split(END);
if (after === undefined) throw new Error(`${page} has no place for what was measured.`);
writeFileSync(page, [before, BEGIN, '\n\n', section(), '\n\n', END, after].join(''));

function section(): string {
  const [newest] = measured.slice(-1);
  const machine = `${newest?.cpus} processors, Node ${newest?.node}, workerd ${newest?.workerd}`;
  return [
    `${day?.slice(0, 10)}, ${machine}.`,
    '',
    '| scenario | ours | the limit | ratio | target | | p99 | processor time |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...scenarios.flatMap(rowOf),
  ].join('\n');
}

function rowOf(scenario: Scenario): string[] {
  const sides = [scenario.ours, ...scenario.limits].map(({ side }) => side.name);
  const found = sides.flatMap((side) => lastOf(scenario.name, side) ?? []);
  if (found.length < sides.length) return [];
  const comparison = comparisonOf(scenario.target, found);
  const { ours, limit } = comparison;
  const { target, unit } = scenario;
  const wanted = 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  const cells = [
    `\`${scenario.name}\`${doubtsOf(found)}`,
    `${ours.value} ${unit}`,
    `${limit.value} (${limit.side})`,
    `**${ratioOf(comparison).toFixed(2)}**`,
    wanted,
    meetsTarget(comparison) ? 'met' : 'missed',
    quotientText(tailRatio(comparison)),
    quotientText(cpuRatio(ours, limit)),
  ];
  return [`| ${cells.join(' | ')} |`];
}

function doubtsOf(found: readonly Measurement[]): string {
  const voided = found.filter(isVoid).map(({ side }) => ` (void: ${side})`);
  const isDisturbed = found.some(({ othersCpu }) => othersCpu > OTHERS_CPU_MAX);
  return [...voided, ...(isDisturbed ? [' (disturbed)'] : [])].join('');
}

function lastOf(scenario: string, side: string): Measurement | undefined {
  return measured.findLast((one) => one.scenario === scenario && one.side === side);
}

function cpuRatio({ cpuUs: one }: Measurement, { cpuUs: other }: Measurement): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

function quotientText(ratio: number | undefined): string {
  return ratio?.toFixed(2) ?? '–';
}
