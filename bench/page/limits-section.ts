/** Ours against the limits. What a scenario was measured at last counts, if it was measured to the end. */
import { comparisonOf, isVoid, meetsTarget, ratioOf, tailRatio } from '../comparison.ts';
import type { Measurement } from '../measurement.ts';
import { type Scenario, scenarios } from '../scenarios.ts';
import { OTHERS_CPU_MAX } from '../settings.ts';
import { numberOf } from './numbers.ts';
import { table } from './table.ts';

const HEAD = [
  ...['', 'scenario', 'ours', 'the limit', 'ratio', 'target', '', 'p99', 'processor time'],
];

/** `record` wrote the lines. */
export function limitsSection(measured: readonly Measurement[]): readonly string[] {
  const [newest] = measured.slice(-1);
  const machine = `${newest?.cpus} processors, Node ${newest?.node}, workerd ${newest?.workerd}`;
  const rows = scenarios.map((scenario) => ({ scenario, row: rowOf(scenario, measured) }));
  const left = rows.flatMap(({ scenario, row }) => (row.length === 0 ? [scenario.name] : []));
  return [
    `${newest?.at.slice(0, 10)}, ${machine}.`,
    '',
    ...table(
      HEAD,
      rows.flatMap(({ row }) => row),
    ),
    ...notMeasured(left),
  ];
}

/** A limit that has changed has no figures until it is measured again. */
function notMeasured(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  const listed = names.map((name) => `${numberOf(name)} \`${name}\``).join(', ');
  return ['', `Not measured since their limits, or they, came or changed: ${listed}.`];
}

function rowOf(scenario: Scenario, measured: readonly Measurement[]): string[][] {
  const sides = [scenario.ours, ...scenario.limits].map(({ side }) => side.name);
  const found = sides.flatMap((side) => lastOf(measured, scenario.name, side) ?? []);
  if (found.length < sides.length) return [];
  const comparison = comparisonOf(scenario.target, found);
  const { ours, limit } = comparison;
  const { name, target, unit } = scenario;
  const cells = [
    numberOf(name),
    `\`${name}\`${doubtsOf(found)}`,
    `${ours.value} ${unit}`,
    `${limit.value} (${limit.side})`,
    `**${ratioOf(comparison).toFixed(2)}**`,
    'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`,
    meetsTarget(comparison) ? 'met' : 'missed',
    quotientText(tailRatio(comparison)),
    quotientText(cpuRatio(ours, limit)),
  ];
  return [cells];
}

function doubtsOf(found: readonly Measurement[]): string {
  const voided = found.filter(isVoid).map(({ side }) => ` (void: ${side})`);
  const isDisturbed = found.some(({ othersCpu }) => othersCpu > OTHERS_CPU_MAX);
  return [...voided, ...(isDisturbed ? [' (disturbed)'] : [])].join('');
}

function lastOf(
  measured: readonly Measurement[],
  scenario: string,
  side: string,
): Measurement | undefined {
  return measured.findLast((one) => one.scenario === scenario && one.side === side);
}

function cpuRatio({ cpuUs: one }: Measurement, { cpuUs: other }: Measurement): number | undefined {
  return one === undefined || other === undefined ? undefined : one / other;
}

function quotientText(ratio: number | undefined): string {
  return ratio?.toFixed(2) ?? '–';
}
