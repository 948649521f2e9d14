/** Many rounds become one line: the median of each figure, with what is needed to judge it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import { z } from 'zod';
import type { Round } from './round.ts';

export interface Measurement {
  readonly side: string;
  readonly scenario: string;
  readonly value: number;
  readonly unit: 'req/s';
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Every round's value, in the order in which they ran. */
  readonly rounds: readonly number[];
  readonly non2xx: number;
  readonly behind: number;
  readonly missing: number;
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
  scenario: string,
  rounds: readonly Round[],
): Measurement {
  const rates = rounds.map(({ requests, seconds }) => Math.round(requests / seconds));
  return {
    side,
    scenario,
    value: median(rates),
    unit: 'req/s',
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
    rounds: rates,
    non2xx: sum(rounds.map(({ non2xx, broken }) => non2xx + broken)),
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

/** The middle one; of an even number the lower. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
