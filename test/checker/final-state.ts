/** The final state after the last request, as it can be read over HTTP. */
import * as z from 'zod';
import { journalEvent, storedEvent } from './history.ts';

const byStream = <Value extends z.ZodType>(value: Value) => z.record(z.string(), value);

export const finalState = z.strictObject({
  /** Each stream's events, from its object. */
  logs: byStream(z.array(storedEvent)),
  /** Every event by position, from the feed. */
  journal: z.array(journalEvent),
  /** How far the read side has each stream. */
  checkpoints: byStream(z.int()),
  states: byStream(z.object({ version: z.int(), state: z.unknown() })),
  /** Every row of each projection. */
  rows: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))),
  sagas: z.array(z.object({ stream: z.string(), status: z.string(), ended: z.boolean() })),
  /** Events that some projection could not take; without one, messages that the queue gave up on. */
  parked: z.array(
    z.object({ projection: z.string().exactOptional(), stream: z.string(), version: z.int() }),
  ),
});

export type FinalState = z.output<typeof finalState>;
