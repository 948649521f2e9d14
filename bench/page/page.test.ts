/** What the page of benchmarks says of lines that are made up. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ModelLine } from '../../test/model/line.ts';
import { usual } from '../../test/model/setting.ts';
import type { Measurement } from '../measurement.ts';
import { scenarios } from '../scenarios.ts';
import { root } from '../settings.ts';
import { costSection } from './cost-section.ts';
import { growthSection } from './growth-section.ts';
import { limitsSection } from './limits-section.ts';
import { modelSection } from './model-section.ts';
import { numberOf } from './numbers.ts';
import { peersSection } from './peers-section.ts';
import { recoverySection } from './recovery-section.ts';
import { replacePart } from './replace-part.ts';
import { soakSection } from './soak-section.ts';

const at = '2026-11-21T12:00:00.000Z';

const measured: Measurement = {
  ...{ side: 'ours', scenario: 'hot-aggregate', unit: 'commands/s', value: 800 },
  ...{ rounds: [800], failed: 0, behind: 0, missing: 0, othersCpu: 0 },
  ...{ node: 'v24', workerd: '1', cpus: 2, load1: 0, at },
};

const limits = ['limit-eager', 'limit-alarm'].map((side, index) => ({
  ...measured,
  side,
  value: 900 + 100 * index,
}));

test('Z10 every scenario has a number, and the page has every number', () => {
  const page = readFileSync(join(root, 'docs/benchmarks.md'), 'utf8');
  const wanted = Array.from({ length: 22 }, (_, index) => `B${index + 1}`);
  expect(wanted.filter((number) => !new RegExp(`\\b${number}\\b`).test(page))).toEqual([]);
  expect(wanted).toEqual(expect.arrayContaining(scenarios.map(({ name }) => numberOf(name))));
});

test('Z10 the best limit counts, and what is below its target is said to be', () => {
  expect(rowIn(limitsSection([measured, ...limits]))).toBe(
    '| B1 | `hot-aggregate` | 800 commands/s | 1000 (limit-alarm) | **0.80** | ≥ 0.75 | met | – | – |',
  );
  const slower = { ...measured, value: 740, failed: 1, othersCpu: 0.2 };
  const row = rowIn(limitsSection([measured, ...limits, slower]));
  expect(row).toContain('| `hot-aggregate` (void: ours) (disturbed) |');
  expect(row).toContain('| **0.74** | ≥ 0.75 | missed |');
});

test('Z10 a scenario that was not measured to the end has no line, and is named', () => {
  expect(rowIn(limitsSection([measured]))).toBeUndefined();
  expect(limitsSection([measured]).at(-1)).toContain(': B1 `hot-aggregate`, ');
  expect(limitsSection([measured, ...limits]).at(-1)).not.toContain('`hot-aggregate`,');
});

function rowIn(lines: readonly string[]): string | undefined {
  return lines.find((line) => line.startsWith('| B1 |'));
}

test('Z10 of the peers the best is bold, errors are marked and never the best, peers that did not run are named', () => {
  const hot = { scenario: 'http_cmd_hot_stream', unit: 'req/s', p99_ms: 40.2 };
  const skipped = [{ peer: 'restate', why: 'no packages' }];
  const text = peersSection([
    { isQuiet: false, skipped, at, node: 'v24', cpus: 2 },
    { ...hot, peer: 'ledge', value: 900 },
    { ...hot, peer: 'emmett-pg', value: 2_000, non2xx: 3 },
    { scenario: 'async_visible_lag', unit: 'ms', peer: 'emmett-pg', value: 1_001 },
  ]).join('\n');
  expect(text).toContain('over HTTP | **900/s** (p99 40 ms) | 2,000/s (p99 40 ms) † |');
  expect(text).toContain('(disturbed)');
  expect(text).toContain('read model | – | **1001 ms** |');
  expect(text).toContain('did not run: restate.');
});

test('Z10 a recovery is held to its targets', () => {
  const figures = { at, kills: 5, seed: 7, backlog: 100, commands: 9, events: 8, findings: 1 };
  const recoveryMs = { median: 2_100, most: 3_000 };
  const text = recoverySection([{ ...figures, recoveryMs, drainMs: 5_000, backlogMs: 9_000 }]);
  expect(text.join('\n')).toContain('median | 2.10 s | ≤ 2 s, missed |');
  expect(text.join('\n')).toContain('a backlog of 100 events is drained | 9.00 s | ≤ 10 s, met |');
  expect(text.at(-1)).toContain('| 1 | 0 |');
});

test('Z10 a broken promise of a soak is marked', () => {
  const whole = { kind: 'soak' as const, minutes: 1, seed: 1, ratePerSecond: 5, requests: 300 };
  const verdict = { kind: 'verdict' as const, promise: 'memory is flat', found: '400 → 800' };
  const lines = soakSection([
    { ...whole, events: 200, sagas: 3, frames: 9, at },
    { kind: 'sample' },
    { ...verdict, holds: false },
  ]);
  expect(lines.at(-1)).toBe('| memory is flat | 400 → 800 | **broken** |');
});

test('Z10 a long history is held to its goals, and of each number of events the newest run counts', () => {
  const waits = { quiet: { p50: 4, p99: 10 }, building: { p50: 8, p99: 20.1 } };
  const line = {
    ...{ events: 300_000, filledPerSecond: 3_000, fedPerSecond: 20_667, verifiedPerSecond: 9_000 },
    ...{ builtPerSecond: 19_999, sealed: 1, bytes: 1, bytesMax: 3e8, missing: 1 },
    ...{ node: 'v24', workerd: '1', cpus: 2, at },
  };
  const beside = { command: waits, query: waits, builtSeconds: 9 };
  const met = { ...line, builtPerSecond: 20_000, bytesMax: 104_267_776, missing: 0, beside };
  expect(growthSection([met, line]).at(-1)).toBe(
    '| 300,000 | 3,000 | 20,667 | **19,999**, missed | 9,000 | **300 MB**, missed | **1**, missed | – | – |',
  );
  expect(growthSection([line, met]).at(-1)).toContain(
    '| 20,000 | 9,000 | 104 MB | 0 | 8.0 (4.0) ms, **20.1 (10.0) ms**, missed |',
  );
});

const modelled: ModelLine = {
  ...{ ...usual, commandsPerSecond: 1_000, appliedPerSecond: 440, commands: 5_000, failed: 0 },
  ...{ lagMs: { p50: 1_425.2, p99: 2_861 }, commandMs: { p50: 0, p99: 0 } },
  d1: {
    ...{ callsPerSecond: 1_010.2, callsPerCommand: 1.002, callsPerSecondOf: {}, copyReads: 0 },
    ...{ refusedPerSecond: 9, utilisation: 1, rowsRead: 0, rowsWritten: 0 },
    ...{ bytesPerCommand: 423, hoursUntilFull: 6.56 },
  },
  ...{ batches: 20, batchesLost: 5, messages: 5_000, reminders: 0, messagesRefused: 0 },
  ...{ queueReads: 4_000, retries: 0, dead: 0, behind: 2_000 },
  givesWay: ['D1: 1010 calls/s', 'consumer: 440 of 1000 events/s', 'history: D1 full'],
};

test('Z10 the model has what gives way first in bold, and the code before in brackets', () => {
  const whole = { kind: 'model' as const, at };
  const faster = { ...modelled, appliedPerSecond: 1_000, givesWay: ['history: D1 full'] };
  expect(modelSection([whole, modelled]).join('\n')).toContain(
    '| 1,000 | 5 | **D1**, consumer, history | 440 | 1,425, 2,861 ms | 1,010 | 1.00 | 100 % | 6.6 hours |',
  );
  expect(modelSection([whole, faster], [whole, modelled]).join('\n')).toContain(
    '| **history** (**D1**, consumer, history) | 1,000 (440) | 1,425, 2,861 ms |',
  );
  const beside = { ...modelled, load: 'zipf' as const, consumersMax: 5 };
  expect(modelSection([whole, beside]).join('\n')).toContain('| 1,000 | 1 | 5 | 440 | 25 % |');
  const beyond = { ...modelled, isDrained: true, recoveredMs: 59_000, wrong: 1 };
  expect(modelSection([whole, beyond]).at(-1)).toContain(
    '| 5,000 | 1.00 | 0.80 | 0 | 2,000 | 59.0 s | 1 |',
  );
  const blind = { ...beyond, hasMetrics: false, messages: 8_000, queueReads: 0 };
  const [ofBlind, ofBeyond] = modelSection([whole, blind, beyond], [whole, blind]).slice(-2);
  expect(ofBlind).toContain('queues without `metrics()` |');
  expect(ofBlind).toContain('| 8,000 | 1.60 | 0.00 |');
  expect(ofBeyond).toContain('| 5,000 | 1.00 | 0.80 |');
});

test('Z10 the bill follows from what is counted: a lone command writes 4 rows in its object', () => {
  const text = costSection().join('\n');
  expect(text).toContain('| object: rows written | 4.00 |');
  expect(text).toContain('| **a million** | **9.38** |');
});

test('Z10 a part takes the place of the one before, and nothing else is touched', () => {
  const page = (part: string) =>
    `a\n<!-- x: begin, written by npm run bench:page -->${part}<!-- x: end -->\nb`;
  expect(replacePart(page('old'), 'x', ['new'])).toBe(page('\n\nnew\n\n'));
  expect(() => replacePart(page(''), 'y', [])).toThrow('no place for y');
});
