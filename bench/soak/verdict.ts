/** Whether a soak has held what is promised: its end against its beginning, once it has warmed up. */
import { percentile } from '../figures.ts';
import type { Sample } from './sample.ts';

export interface Verdict {
  readonly kind: 'verdict';
  readonly promise: string;
  readonly holds: boolean;
  /** In words and numbers, for people. */
  readonly found: string;
}

const MEMORY_GROWTH_MAX = 1.1;
const DESCRIPTORS_GROWTH_MAX = 1.1;
const P99_DRIFT_MAX = 1.2;

/** Of all requests, in the last third: hung up on, or reached by a fault that was made. */
const FAILED_SHARE_MAX = 0.05;

/** The share of the time that caches, compilers and heaps are given: a bare Worker grows for 20,000 requests too. */
const WARM_UP = 1 / 3;

/** What is as large after a million commands as after one. */
const STANDING = [
  'customers_v1',
  'dead_letter',
  'epoch',
  'generation',
  'products_v1',
  'serving_set',
  'sweep',
  'watch',
];

/** A row for each event, stream, order, saga or day. */
const GROWING = [
  'checkpoint',
  'journal',
  'journal_page',
  'orders_v1',
  'sagas_v1',
  'sales_by_day_v1',
];

export function verdictsOf(samples: readonly Sample[]): Verdict[] {
  const warm = samples.slice(Math.ceil(samples.length * WARM_UP));
  const third = Math.floor(warm.length / 3);
  if (third < 1) throw new Error(`${samples.length} samples are too few to compare.`);
  const start = warm.slice(0, third);
  const end = warm.slice(-third);
  return [
    growth('memory is flat', MEMORY_GROWTH_MAX, start, end, (one) => one.memoryMebibytes),
    growth('no descriptors pile up', DESCRIPTORS_GROWTH_MAX, start, end, (one) => one.descriptors),
    growth('p99 of commands in ms', P99_DRIFT_MAX, start, end, (one) => one.commands.p99Ms),
    growth('p99 of reads in ms', P99_DRIFT_MAX, start, end, (one) => one.reads.p99Ms),
    unchanging(start, end),
    answered(end),
    unshed(samples),
  ];
}

/** Medians, so that one bad window is no drift. */
function growth(
  promise: string,
  growthMax: number,
  start: readonly Sample[],
  end: readonly Sample[],
  figure: (one: Sample) => number,
): Verdict {
  const [before, after] = [start, end].map((part) => medianOf(part.map(figure)));
  const ratio = (after ?? Number.NaN) / (before ?? Number.NaN);
  return {
    kind: 'verdict',
    promise: `${promise}: at most ${growthMax} times`,
    holds: ratio <= growthMax,
    found: `${rounded(before)} → ${rounded(after)}, ${ratio.toFixed(2)} times`,
  };
}

/** A window without requests has no p99. */
const medianOf = (figures: readonly number[]) => percentile(figures.filter(Number.isFinite), 50);

/** An unexpected table is a finding too. */
function unchanging(start: readonly Sample[], end: readonly Sample[]): Verdict {
  const names = new Set([...start, ...end].flatMap(({ tables }) => Object.keys(tables)));
  const most = (part: readonly Sample[], name: string) =>
    Math.max(...part.map(({ tables }) => tables[name] ?? 0));
  const grown = STANDING.filter((name) => most(end, name) > most(start, name));
  const unknown = [...names].filter((name) => !STANDING.includes(name) && !GROWING.includes(name));
  const found = [
    ...grown.map((name) => `${name} ${most(start, name)} → ${most(end, name)}`),
    ...unknown.map((name) => `${name} is not known`),
  ];
  return {
    kind: 'verdict',
    promise: `no rows pile up in ${STANDING.join(', ')}`,
    holds: found.length === 0,
    found: found.join('; ') || STANDING.map((name) => most(end, name)).join(', '),
  };
}

function answered(end: readonly Sample[]): Verdict {
  const asked = sum(end, ({ commands, reads }) => commands.count + reads.count);
  const share = sum(end, ({ failed }) => failed) / asked;
  return {
    kind: 'verdict',
    promise: `of the last requests at most ${100 * FAILED_SHARE_MAX} % fail`,
    holds: share <= FAILED_SHARE_MAX,
    found: `${(100 * share).toFixed(2)} % of ${asked}`,
  };
}

function unshed(samples: readonly Sample[]): Verdict {
  const shed = sum(samples, (one) => one.shed);
  return {
    kind: 'verdict',
    promise: 'every request is sent when it is due',
    holds: shed === 0,
    found: `${shed} were not`,
  };
}

const sum = (samples: readonly Sample[], figure: (one: Sample) => number) =>
  samples.reduce((total, one) => total + figure(one), 0);

const rounded = (value = Number.NaN) => Math.round(value * 10) / 10;
