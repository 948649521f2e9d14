/** Subscriptions of publications in responses of `/v1/subscriptions…`. */
import * as z from 'zod';
import { attemptResults } from '../subscription/retry.ts';
import { count, listOf, time } from '../values/shape-words.ts';

export const subscriptionStatuses = ['active', 'paused', 'disabled'] as const;

/** One call of a target, without what was sent and what was answered. */
export const deliveryAttempt = z.object({
  at: time,
  event: z.string().describe('The id of the event, or of the first one.'),
  events: count.describe('How many events were sent together.'),
  result: z
    .enum([...attemptResults, 'skipped'])
    .describe(
      '`busy`: 429 or 503. `gone`: 410. `redirected`: a redirect, which is not followed. `refused`: another 4xx. `failed`: another status, or an exception of a binding. `timed-out`, `unreachable`: no response. `too-large`: for a message of a queue. `skipped`: by an operator.',
    ),
  status: z.int().nullable().describe('Of the HTTP response; null where there was none.'),
  durationMs: count,
});

export const subscriptionView = z.object({
  id: z.string(),
  publication: z.string(),
  types: listOf(z.string()).nullable().describe('The types that it delivers; null: all.'),
  personal: z.boolean().describe('Whether personal fields are sent plain; else they are null.'),
  batch: count.describe('How many events are sent together at most.'),
  order: z
    .enum(['stream', 'none'])
    .describe('`none`: an event that fails holds up itself alone, and is listed by its id.'),
  status: z
    .enum(subscriptionStatuses)
    .describe(
      '`disabled`: its target has answered 410. A subscription that stops keeps its place.',
    ),
  reason: z.string().nullable().describe('Why it is paused or disabled.'),
  fault: z.string().nullable().describe('What keeps it from going on, and what to do.'),
  createdAt: time,
  createdBy: z.string(),
  previousUntil: time
    .nullable()
    .describe('Until when deliveries are signed with the secret before the last rotation, too.'),
  position: z.string().describe('Up to which the feed is delivered, or held.'),
  target: z.object({
    url: z.string().exactOptional().describe('Of a webhook.'),
    queue: z.string().exactOptional().describe('The binding of a queue.'),
    service: z.string().exactOptional().describe('The binding of another Worker.'),
    state: z
      .enum(['healthy', 'failing', 'broken'])
      .describe('`broken`: it fails for all, and one event at a time is tried.'),
    failingSince: time.nullable().describe('The first failure after the last success.'),
    quietUntil: time.nullable().describe('Before it nothing is sent.'),
  }),
  held: z.object({
    streams: count.describe('Streams with an event that was not delivered.'),
    events: count.describe('Their events that wait, parked ones included.'),
    parked: count.describe(
      'Streams whose event was given up on: after three days, or for its size.',
    ),
  }),
  attempts: listOf(deliveryAttempt).describe('The last ones, the newest first.'),
});

export const shownSubscription = subscriptionView.extend({
  behind: z.object({
    events: count.describe('Those that the feed has behind the position, and those that are held.'),
    seconds: count.describe('Since the oldest of them happened.'),
  }),
});

/** With the secret of a webhook. */
export const createdSubscription = subscriptionView.extend({
  secret: z
    .string()
    .exactOptional()
    .describe(
      'Of a webhook: signs the deliveries, as Standard Webhooks says. It is shown this once.',
    ),
});

/** The answer that replaces a secret. */
export const subscriptionWithSecret = subscriptionView.extend({
  secret: z
    .string()
    .describe('Signs the deliveries, as Standard Webhooks says. It is shown this once.'),
});

export const subscriptionPage = z.object({
  subscriptions: listOf(subscriptionView),
  cursor: z.string().exactOptional(),
});

/** A stream whose next event was not delivered. */
export const heldStream = z.object({
  stream: z.string(),
  event: z.string().describe('The id of its event that comes next.'),
  events: count.describe('Those that wait.'),
  attempts: count.describe('The failed ones of the next event.'),
  failedAt: time.nullable().describe('The first failure.'),
  nextAttemptAt: time.nullable().describe('Null: it is parked.'),
  parkedAt: time.nullable(),
  result: deliveryAttempt.shape.result.nullable().describe('Of the last attempt.'),
});

export const heldPage = z.object({
  streams: listOf(heldStream),
  cursor: z.string().exactOptional(),
});

export const redrivenStreams = z.object({ streams: count });

export type SubscriptionStatus = (typeof subscriptionStatuses)[number];
export type DeliveryAttempt = z.output<typeof deliveryAttempt>;
export type SubscriptionView = z.output<typeof subscriptionView>;
export type ShownSubscription = z.output<typeof shownSubscription>;
export type SubscriptionWithSecret = z.output<typeof subscriptionWithSecret>;
export type CreatedSubscription = z.output<typeof createdSubscription>;
export type SubscriptionPage = z.output<typeof subscriptionPage>;
export type HeldStream = z.output<typeof heldStream>;
export type HeldPage = z.output<typeof heldPage>;
