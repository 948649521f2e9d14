/** Many rounds become one line: the median of each figure, with what is needed to judge it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import * as z from 'zod';
import { type Figures, percentile } from './figures.ts';
import type { Round } from './round.ts';
import type { Scenario } from './scenarios.ts';

export interface Measurement extends Figures {
  readonly side: string;
  readonly scenario: string;
  readonly unit: Scenario['unit'];
  /** Every round's value, in the order in which they ran. */
  readonly rounds: readonly number[];
  /** The share of the processors that others used in the worst round. */
  readonly othersCpu: number;
  readonly node: string;
  readonly workerd: string;
  readonly cpus: number;
  readonly load1: number;
  readonly at: string;
}

const TIMES = ['p50Ms', 'p99Ms', 'cpuUs'] as const;

const miniflare = createRequire(import.meta.url).resolve('miniflare/package.json');
const { dependencies } = z
  .object({ dependencies: z.object({ workerd: z.string() }) })
  .parse(JSON.parse(readFileSync(miniflare, 'utf8')));

export const workerdVersion = dependencies.workerd;

export function measurementOf(
  side: string,
  { name, unit }: Pick<Scenario, 'name' | 'unit'>,
  rounds: readonly Round[],
): Measurement {
  const values = rounds.map(({ value }) => rounded(value));
  return {
    side,
    scenario: name,
    value: median(values),
    unit,
    ...mediansOf(rounds),
    rounds: values,
    failed: sum(rounds.map(({ failed }) => failed)),
    behind: median(rounds.map(({ behind }) => behind)),
    missing: sum(rounds.map(({ missing }) => missing)),
    othersCpu: Math.round(Math.max(...rounds.map(({ othersCpu }) => othersCpu)) * 100) / 100,
    node: process.version,
    workerd: workerdVersion,
    cpus: availableParallelism(),
    load1: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    at: new Date().toISOString(),
  };
}

/** Of the figures that not every scenario has. */
function mediansOf(rounds: readonly Round[]): Pick<Figures, (typeof TIMES)[number]> {
  const found = TIMES.flatMap((name) => {
    const values = rounds.flatMap((round) => round[name] ?? []);
    return values.length === 0 ? [] : [[name, rounded(median(values))] as const];
  });
  return Object.fromEntries(found);
}

/** The middle one; of an even number the lower. */
const median = (values: readonly number[]) => percentile(values, 50);

/** More than four digits would only repeat the noise. */
const rounded = (value: number) => Number(value.toPrecision(4));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
