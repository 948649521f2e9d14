/**
 * A stream as an export has it: events, the outcomes of commands under their keys, timers, and actions that have not ended, in
 * pages. The lines of an export's files, and what a restore sends.
 */
import * as z from 'zod';
import { actionStates } from '../action/stored-action.ts';
import { type TimerOrigin, timerStates } from '../aggregate/timers.ts';
import type { Json } from '../values/json.ts';
import { count, listOf } from '../values/shape-words.ts';
import { storedEvent } from './relay-message.ts';

const json = z.custom<Json>((value) => value !== undefined);

const commandRecord = z.strictObject({
  key: z.string(),
  fingerprint: z.string(),
  outcome: z.discriminatedUnion('outcome', [
    z.strictObject({ outcome: z.literal('accepted'), version: count, events: count }),
    z.strictObject({
      outcome: z.literal('rejected'),
      version: count,
      reason: z.string(),
      details: json,
    }),
  ]),
});

const origin: z.ZodType<TimerOrigin, TimerOrigin> = z.strictObject({
  causationId: z.string(),
  correlationId: z.string(),
  scheduleId: z.string(),
  hops: z.int().min(1).exactOptional(),
});

const timer = {
  id: z.string(),
  dueMs: z.int(),
  command: z.string(),
  data: json,
  origin,
  attempts: count,
};

const [scheduled, ...stopped] = timerStates;

const storedTimer = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal(scheduled), ...timer }),
  z.strictObject({
    state: z.enum(stopped),
    ...timer,
    stop: z.strictObject({ atMs: z.int(), actor: z.string(), reason: z.string() }),
  }),
]);

const reaction = z.strictObject({
  aggregate: z.string(),
  id: z.string(),
  command: z.string(),
  data: json,
});

const storedAction = z.strictObject({
  action: z.string(),
  version: z.int().min(1),
  state: z.enum(actionStates),
  attempts: count,
  sinceMs: z.int(),
  dueMs: z.int(),
  answer: z
    .strictObject({ of: z.enum(['handler', 'failure']), commands: listOf(reaction) })
    .nullable(),
  cause: z.string().nullable(),
});

/** A stream and the head that it has in the export. */
const stream = {
  tenant: z.string().max(128),
  stream: z.string().max(257),
  version: count,
  /** Of the event at that version. */
  eventId: z.string(),
};

export const transferPage = z.strictObject({
  ...stream,
  events: listOf(storedEvent.omit({ tenant: true, stream: true })),
  commands: listOf(commandRecord),
  timers: listOf(storedTimer),
  actions: listOf(storedAction),
  /** Of a subject of personal data. */
  subjectKeys: listOf(z.strictObject({ incarnation: z.int().min(1), wrapped: z.string() })),
});

export type TransferPage = z.output<typeof transferPage>;

/** Also one of an export that is older than actions. */
export const keptPage = transferPage.extend({ actions: transferPage.shape.actions.default([]) });

/** Where the next page of a stream begins. */
export const transferPlace = z.strictObject({
  upTo: count,
  events: count,
  commands: z.string().exactOptional(),
});

export type TransferPlace = z.output<typeof transferPlace>;

export const releasedStream = z.strictObject({
  ...stream,
  commands: count,
  timers: count,
  actions: count.default(0),
  subjectKeys: count,
});

export type ReleasedStreamOf = z.output<typeof releasedStream>;

export const restoreStates = ['restoring', 'whole', 'occupied', 'incomplete', 'failed'] as const;

export type RestoreState = (typeof restoreStates)[number];
