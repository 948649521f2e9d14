/** Every promise of a soak is broken once in a planted series of samples, and has to be called by its name. */
import { expect, test } from 'vitest';
import type { Sample } from './sample.ts';
import { verdictsOf } from './verdict.ts';

const SAMPLES = 60;

const GOOD: Omit<Sample, 'atSeconds'> = {
  kind: 'sample',
  memoryMebibytes: 400,
  descriptors: 900,
  tables: { journal: 1, watch: 1, dead_letter: 0, generation: 5 },
  commands: { count: 500, p50Ms: 5, p99Ms: 40 },
  reads: { count: 300, p50Ms: 4, p99Ms: 60 },
  failed: 5,
  shed: 0,
};

/** `changes` gets how much of the time is over, from 0 to 1. */
function series(changes: (share: number) => Partial<Sample> = () => ({})): Sample[] {
  return Array.from({ length: SAMPLES }, (_, index) => ({
    ...GOOD,
    atSeconds: index,
    ...changes(index / SAMPLES),
  }));
}

function broken(samples: readonly Sample[]): string[] {
  return verdictsOf(samples).flatMap(({ holds, promise, found }) =>
    holds ? [] : [`${promise}: ${found}`],
  );
}

test('Z9 a soak in which nothing grows but what may holds everything', () => {
  expect(broken(series())).toEqual([]);
  const journal = (share: number) => ({ tables: { ...GOOD.tables, journal: 1_000 * share } });
  expect(broken(series(journal))).toEqual([]);
});

test('Z9 a warm-up and a single bad moment are no drift', () => {
  const warming = (share: number) => (share < 0.1 ? { memoryMebibytes: 10 } : {});
  expect(broken(series(warming))).toEqual([]);
  const hiccup = (share: number) =>
    share === 0.9 ? { commands: { ...GOOD.commands, p99Ms: 900 } } : {};
  expect(broken(series(hiccup))).toEqual([]);
});

test.each<[string, (share: number) => Partial<Sample>]>([
  ['memory', (share) => ({ memoryMebibytes: 400 + 200 * share })],
  ['descriptors', (share) => ({ descriptors: 900 + 400 * share })],
  ['p99 of commands', (share) => ({ commands: { ...GOOD.commands, p99Ms: 40 + 40 * share } })],
  ['p99 of reads', (share) => ({ reads: { ...GOOD.reads, p99Ms: 60 + 60 * share } })],
  [
    'dead_letter 0 → 1',
    (share) => ({ tables: { ...GOOD.tables, dead_letter: share > 0.8 ? 1 : 0 } }),
  ],
  ['watch', (share) => ({ tables: { ...GOOD.tables, watch: Math.round(20 * share) } })],
  ['parking is not known', () => ({ tables: { ...GOOD.tables, parking: 0 } })],
  ['fail: 10.00 %', (share) => (share > 0.5 ? { failed: 80 } : {})],
  ['when it is due: 1 were not', (share) => (share === 0.5 ? { shed: 1 } : {})],
])('Z9 what grows is named: %s', (name, changes) => {
  const found = broken(series(changes));
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(name);
});

test('Z9 a soak too short to compare is no soak', () => {
  expect(() => verdictsOf(series().slice(0, 2))).toThrow('too few');
});
