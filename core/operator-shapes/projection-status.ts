/** The status of projections in responses of `/v1/projections`. */
import * as z from 'zod';
import { undeliveredStreams } from '../failures/incident-shapes.ts';
import { generationStates, purposes } from '../plan/generation-states.ts';
import { count, listOf, time } from '../values/shape-words.ts';

const LAG = 'Events that its rows lack, and the age of the oldest of them.';

const lag = z
  .object({ events: count, seconds: count.describe('The age of the oldest of them.') })
  .describe(LAG);

const build = z
  .object({
    done: count,
    total: count,
    startedAt: time,
    eventsPerSecond: z.int(),
    secondsLeft: count.nullable().describe('Null before the first page.'),
  })
  .describe(
    'While it is not live. Counted in events of the journal, whether they concern it or not.',
  );

/** Per table, what a verification found. */
const tableReport = z.object({
  table: z.string(),
  rows: count,
  onlyLive: count.describe('Serving rows that differ or are missing in the recomputed ones.'),
  onlyRecomputed: count.describe('Recomputed rows that differ or are missing in the serving ones.'),
});

const generationStatus = z.object({
  database: z.string().describe('The binding of the database that has its rows.'),
  version: z.int(),
  purpose: z.enum(purposes),
  state: z.enum(generationStates),
  serving: z.boolean(),
  parked: count.describe('Streams on which a dead letter holds it back.'),
  lag,
  reason: z.string().nullable(),
  changedAt: time,
  build: build.exactOptional(),
  report: listOf(tableReport).exactOptional(),
});

export const projectionStates = [
  ...(['live', 'rebuilding', 'building'] as const),
  ...(['paused', 'stopped', 'inactive'] as const),
] as const;

export const projectionStatus = z.object({
  name: z.string(),
  version: z.int().nullable().describe("The code's version; null when the code lacks it."),
  serving: z
    .int()
    .nullable()
    .describe(
      'The version that queries read; null before the first build. Of several databases the oldest one, and null while one has none.',
    ),
  state: z
    .enum(projectionStates)
    .describe(
      '`rebuilding`: it serves, and another generation is being built. Of several databases the worst one.',
    ),
  lag: lag.describe(
    `${LAG} Undelivered events of the streams that it follows included; those of each generation are relative to the journal.`,
  ),
  undelivered: count.describe('Events that objects have and the journal lacks, at least.'),
  parked: count,
  lastError: z.string().nullable(),
  generations: listOf(generationStatus),
});

const databaseSize = z.object({
  name: z.string().describe('Of its binding.'),
  bytes: count
    .nullable()
    .describe('How large the database is; null where the runtime does not say.'),
  limitBytes: count,
  warning: z.string().nullable().describe('From 70 % of the limit on.'),
});

export const projectionList = z.object({
  projections: listOf(projectionStatus),
  undelivered: undeliveredStreams,
  database: databaseSize.describe('The fullest of them.'),
  databases: listOf(databaseSize),
});

export type Lag = z.output<typeof lag>;
export type TableReport = z.output<typeof tableReport>;
export type GenerationStatus = z.output<typeof generationStatus>;
export type ProjectionStatus = z.output<typeof projectionStatus>;
export type DatabaseSize = z.output<typeof databaseSize>;
export type ProjectionList = z.output<typeof projectionList>;
