/** Many rounds become one line: the median of each figure, with what is needed to judge it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import { z } from 'zod';
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

const miniflare = createRequire(import.meta.url).resolve('miniflare/package.json');
const { dependencies } = z
  .object({ dependencies: z.object({ workerd: z.string() }) })
  .parse(JSON.parse(readFileSync(miniflare, 'utf8')));

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
    ...medianLatency(rounds),
    rounds: values,
    failed: sum(rounds.map(({ failed }) => failed)),
    behind: median(rounds.map(({ behind }) => behind)),
    missing: sum(rounds.map(({ missing }) => missing)),
    othersCpu: Math.round(Math.max(...rounds.map(({ othersCpu }) => othersCpu)) * 100) / 100,
    node: process.version,
    workerd: dependencies.workerd,
    cpus: availableParallelism(),
    load1: Math.round((loadavg()[0] ?? 0) * 100) / 100,
    at: new Date().toISOString(),
  };
}

/** Nothing where nothing was waited for. */
function medianLatency(rounds: readonly Round[]): Pick<Figures, 'p50Ms' | 'p99Ms'> {
  const latencies = rounds.flatMap(({ p50Ms, p99Ms }) =>
    p50Ms === undefined || p99Ms === undefined ? [] : [{ p50Ms, p99Ms }],
  );
  if (latencies.length === 0) return {};
  return {
    p50Ms: rounded(median(latencies.map(({ p50Ms }) => p50Ms))),
    p99Ms: rounded(median(latencies.map(({ p99Ms }) => p99Ms))),
  };
}

/** The middle one; of an even number the lower. */
const median = (values: readonly number[]) => percentile(values, 50);

/** More than four digits would only repeat the noise. */
const rounded = (value: number) => Number(value.toPrecision(4));

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
