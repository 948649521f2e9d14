/** Short runs of the model: what the product costs the platform, and that it comes through more than it can do. */
import { expect, test } from 'vitest';
import { beyondCapacity, withoutMetrics } from '../../bench/model/cells.ts';
import type { ModelLine } from './line.ts';
import { runCell } from './run-cell.ts';

const MINUTES = { timeout: 600_000 };

const zipf = {
  ...{ load: 'zipf' as const, commandsPerSecond: 3_000, seconds: 6, warmUpSeconds: 3 },
};

const lostShare = ({ batches, batchesLost }: ModelLine) => batchesLost / batches;

test(
  'PL3 a minute at twice its capacity: every command is accepted at once, D1 catches up by itself and shows them all, without a dead letter',
  MINUTES,
  async () => {
    const line = await runCell(beyondCapacity);
    expect(line.appliedPerSecond).toBeLessThan(line.commandsPerSecond / 2 + 1);
    expect(line).toMatchObject({ failed: 0, dead: 0, retries: 0, wrong: 0 });
    expect(line.commandMs.p99).toBeLessThanOrEqual(10);
    expect(line.recoveredMs).toBeLessThan(90_000);
    expect(line.messages).toBeLessThanOrEqual(1.05 * line.commands);
    // An alarm asks at ten, twenty, forty and eighty seconds.
    expect(line.queueReads).toBeGreaterThan(0);
    expect(line.queueReads).toBeLessThan(1.5 * line.commands);
  },
);

test(
  'PL8 where queues do not say how far they are, alarms remind of messages that still wait: more than 1.4 for each command',
  MINUTES,
  async () => {
    const line = await runCell(withoutMetrics);
    expect(line).toMatchObject({ failed: 0, dead: 0, retries: 0, wrong: 0, queueReads: 0 });
    expect(line.messages).toBeGreaterThan(1.4 * line.commands);
    expect(line.messages).toBeLessThan(1.8 * line.commands);
  },
);

test('PL4 a wide command costs D1 no call beside the two of its batch', MINUTES, async () => {
  const line = await runCell({ commandsPerSecond: 50 });
  const { consumer = 0, aggregate = 0 } = line.d1.callsPerSecondOf;
  expect(aggregate).toBe(0);
  expect(consumer * (line.seconds - line.warmUpSeconds)).toBeCloseTo(2 * line.batches, -1);
});

test(
  'PL5 five consumers of one queue lose most of their batches to each other, four queues by stream none',
  MINUTES,
  async () => {
    const beside = await runCell({ ...zipf, consumersMax: 5 });
    expect(lostShare(beside)).toBeGreaterThan(0.5);
    const byStream = await runCell({ ...zipf, queues: 4 });
    expect(lostShare(byStream)).toBeLessThan(0.05);
    expect(byStream.appliedPerSecond).toBeGreaterThan(0.95 * zipf.commandsPerSecond);
  },
);

test(
  'PL6 history alone gives way at 1,000 wide commands a second, the consumer at 2,000, the queue at 10,000',
  MINUTES,
  async () => {
    const [slow, wide] = await Promise.all(
      [1_000, 2_000].map((commandsPerSecond) => runCell({ commandsPerSecond })),
    );
    expect(slow?.givesWay).toEqual([expect.stringMatching(/^history/)]);
    expect(wide?.givesWay[0]).toMatch(/^consumer: \d+ of/);
    const fast = await runCell({ commandsPerSecond: 10_000, seconds: 2, warmUpSeconds: 0 });
    expect(fast.givesWay).toContainEqual(expect.stringMatching(/^queue: 2\d\d %/));
  },
);

test(
  'PL9 two databases with a tenant and a queue each take what one of them cannot, and show every command',
  MINUTES,
  async () => {
    const rate = { commandsPerSecond: 2_000, writeMs: 1, seconds: 4, warmUpSeconds: 1 };
    const spread = { ...rate, queues: 2, databases: 2, isDrained: true };
    const [one, two] = await Promise.all([runCell(rate), runCell(spread)]);
    expect(one?.appliedPerSecond).toBeLessThan(1_400);
    expect(two?.appliedPerSecond).toBeGreaterThan(0.95 * rate.commandsPerSecond);
    expect(two?.lagMs.p50).toBeLessThan(300);
    expect(two).toMatchObject({ failed: 0, dead: 0, retries: 0, batchesLost: 0, wrong: 0 });
  },
);

test(
  'PL7 an object that is only its relay asks of D1 and of the queue what a whole one does',
  MINUTES,
  async () => {
    const [whole, relay] = await Promise.all(
      (['whole', 'relay'] as const).map((objects) => runCell({ commandsPerSecond: 50, objects })),
    );
    expect(relay?.messages).toBe(whole?.messages);
    expect(relay?.commands).toBe(whole?.commands);
    expect(relay?.batches).toBeCloseTo(whole?.batches ?? 0, -1);
    const [calls = 0, others = 0] = [relay, whole].map((line) => line?.d1.callsPerSecond);
    expect(Math.abs(calls / others - 1)).toBeLessThan(0.02);
  },
);
