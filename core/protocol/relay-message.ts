/** The message from an aggregate's object to the consumer, as it is validated when it comes from the queue. */

import * as z from 'zod';
import type { EventMetadata } from '../aggregate/event.ts';
import type { Json } from '../values/json.ts';

/** What a newer object adds here is carried on: to the journal, into dead letters, to handlers and readers. */
const metadata: z.ZodType<EventMetadata> = z.looseObject({
  actor: z.string(),
  commandId: z.string(),
  causationId: z.string(),
  correlationId: z.string(),
  traceparent: z.string().exactOptional(),
  hops: z.int().min(1).exactOptional(),
});

const storedEvent = z.object({
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
 * What an aggregate's object puts on the queue: "this stream has reached `version`", with the newest events where
 * they fit. A message without events, or whose events do not join on, sends the consumer to the object.
 */
export const relayMessage = z.object({
  tenant: z.string(),
  stream: z.string(),
  version: z.int().min(1),
  events: z.array(storedEvent),
});

export type RelayMessage = Readonly<z.output<typeof relayMessage>>;
