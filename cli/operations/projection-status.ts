/** How a projection stands, as `/v1/projections` tells it. What this does not name is kept for `--json`. */
import * as z from 'zod';
import { undeliveredStreams } from './undelivered.ts';

const lag = z.object({ events: z.number(), seconds: z.number() });

const build = z.looseObject({
  done: z.number(),
  total: z.number(),
  eventsPerSecond: z.number(),
  secondsLeft: z.number().nullable(),
});

const tableReport = z.object({
  table: z.string(),
  rows: z.number(),
  onlyLive: z.number(),
  onlyRecomputed: z.number(),
});

const generationStatus = z.looseObject({
  version: z.number(),
  purpose: z.enum(['live', 'rebuild', 'verify']),
  state: z.enum(['in-step', 'following', 'paused', 'standing', 'stopped', 'done']),
  serving: z.boolean(),
  parked: z.number(),
  lag,
  reason: z.string().nullable(),
  changedAt: z.string(),
  build: build.optional(),
  report: z.array(tableReport).optional(),
});

export const projectionStatus = z.looseObject({
  name: z.string(),
  version: z.number().nullable(),
  serving: z.number().nullable(),
  state: z.string(),
  lag,
  parked: z.number(),
  lastError: z.string().nullable(),
  generations: z.array(generationStatus),
});

export const projectionList = z.object({
  projections: z.array(projectionStatus),
  undelivered: undeliveredStreams.optional(),
});

export type Lag = z.output<typeof lag>;
export type TableReport = z.output<typeof tableReport>;
export type GenerationStatus = z.output<typeof generationStatus>;
export type ProjectionStatus = z.output<typeof projectionStatus>;

/** Which of a projection's generations. */
export type GenerationId = Pick<GenerationStatus, 'version' | 'purpose'>;

export function findGeneration(
  { generations }: ProjectionStatus,
  { version, purpose }: GenerationId,
): GenerationStatus | undefined {
  return generations.find((one) => one.version === version && one.purpose === purpose);
}
