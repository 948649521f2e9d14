/** Sagas in responses of `/v1/sagas`. */
import * as z from 'zod';
import { sagaStatuses } from '../process/saga-events.ts';
import { count, listOf, time } from '../values/shape-words.ts';

/** A row of the list of sagas, which is a read model. */
const sagaRow = z.object({
  saga: z.string(),
  id: z.string(),
  status: z.enum(sagaStatuses),
  reason: z.string().nullable(),
  definition: z.int(),
  version: z.int(),
  correlationId: z.string(),
  startedAt: time,
  changedAt: time,
});

export const sagaPage = z.object({
  rows: listOf(sagaRow),
  cursor: z.string().exactOptional(),
  count: z.int().exactOptional(),
  countIsCapped: z.literal(true).exactOptional(),
});

const openEffect = z.object({
  effect: z.string(),
  awaits: z
    .enum(['outcome', 'retry', 'attention'])
    .describe(
      '`outcome`: it is on its way. `retry`: it was rejected and is sent again. `attention`: an operator decides, for the reason given.',
    ),
  attempt: count,
  reason: z.string().nullable().describe('Why it needs attention.'),
  command: z.object({
    aggregate: z.string(),
    id: z.string(),
    command: z.string(),
    data: z.unknown(),
  }),
});

const timelineEntry = z.object({
  version: count,
  type: z.string(),
  at: time,
  causationId: z.string(),
  correlationId: z.string(),
  data: z.unknown(),
});

export const wholeSaga = z.object({
  saga: z.string(),
  id: z.string(),
  stream: z.string(),
  version: count,
  definition: count.describe('The version of the definition that it goes by.'),
  status: z.enum(sagaStatuses),
  reason: z.string().nullable(),
  ended: z.boolean(),
  state: z.unknown(),
  open: listOf(openEffect),
  timeouts: z.record(z.string(), time).readonly().describe('When each is due.'),
  startsAfterEnd: count.describe(
    'How many events would have started it after its end; counted up to 100.',
  ),
  timeline: listOf(timelineEntry),
});

export type SagaRow = z.output<typeof sagaRow>;
export type WholeSaga = z.output<typeof wholeSaga>;
export type SagaPage = z.output<typeof sagaPage>;
