/** What `npm run model` runs: the table of what gives way, consumers side by side, and a minute beyond the capacity. */
import type { ModelSetting } from '../../test/model/setting.ts';

const RATES = [10, 100, 1_000, 2_000, 10_000];
const WRITE_MS = [1, 5, 20];

const wide = RATES.flatMap((commandsPerSecond) =>
  WRITE_MS.map((writeMs) => ({ load: 'wide' as const, commandsPerSecond, writeMs })),
);

/** What one database takes with queues enough, and eight databases with one tenant each. */
const spread = [
  { commandsPerSecond: 2_000, databases: 1, queues: 4 },
  { commandsPerSecond: 10_000, databases: 8, queues: 16 },
].map((cell) => ({ ...cell, load: 'wide' as const, writeMs: 1 }));

const zipf = [
  { queues: 1, consumersMax: 1 },
  { queues: 1, consumersMax: 5 },
  { queues: 4, consumersMax: 1 },
  { queues: 16, consumersMax: 1 },
].map((consumers) => ({
  ...{ load: 'zipf' as const, commandsPerSecond: 3_000, seconds: 10, warmUpSeconds: 4 },
  ...consumers,
}));

/** A batch of five scales the consumer down to 69 events/s, so that whole objects are affordable. */
export const beyondCapacity: Partial<ModelSetting> = {
  ...{ load: 'wide', commandsPerSecond: 140, batchMax: 5, seconds: 60, warmUpSeconds: 0 },
  ...{ objects: 'whole', isDrained: true },
};

/** The same, as the code before: alarms cannot know whether the queue still has a message. */
export const withoutMetrics: Partial<ModelSetting> = { ...beyondCapacity, hasMetrics: false };

export const cells: readonly Partial<ModelSetting>[] = [
  ...[...wide, ...spread, ...zipf],
  ...[withoutMetrics, beyondCapacity],
];
