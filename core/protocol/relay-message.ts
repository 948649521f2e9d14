/** The message from an aggregate's object to the consumer, as it is validated when it comes from the queue. */

import * as z from 'zod';
import type { EventMetadata } from '../aggregate/event.ts';
import type { Json } from '../values/json.ts';

/** Members that a newer object adds are preserved: in the journal, in dead letters, for handlers and readers. */
const metadata: z.ZodType<EventMetadata, EventMetadata> = z.looseObject({
  actor: z.string(),
  credential: z
    .string()
    .exactOptional()
    .describe(
      'What authenticated the caller, like `key:` and the id of an API key. Shown to operators and administrators.',
    ),
  commandId: z.string(),
  causationId: z.string(),
  correlationId: z.string(),
  traceparent: z.string().exactOptional(),
  hops: z.int().min(1).exactOptional(),
  imported: z
    .literal(true)
    .exactOptional()
    .describe('History of another system, which an operator imported.'),
  sourceId: z.string().exactOptional().describe('The id of an imported event at its source.'),
});

/** An event as it travels: to the consumer, and in an export. */
export const storedEvent = z.object({
  id: z.string(),
  tenant: z.string(),
  stream: z.string(),
  version: z.int().min(1),
  type: z.string(),
  schemaVersion: z.int().min(1),
  data: z.custom<Json>((data) => data !== undefined),
  recordedAt: z.string(),
  occurredAt: z.string(),
  metadata,
});

/**
 * The message that an aggregate's object enqueues: the stream has reached `version`, with the newest events if they
 * fit, and the id of the event before them. For a message without events, or with a gap before them, the consumer reads
 * the events from the object.
 */
export const relayMessage = z.object({
  tenant: z.string(),
  stream: z.string(),
  version: z.int().min(1),
  before: z.string().exactOptional(),
  events: z.array(storedEvent),
});

export type RelayMessage = Readonly<z.output<typeof relayMessage>>;
