/** What operators send about subscriptions. */
import * as z from 'zod';
import { wholeNumber } from '../../http/query-parameters.ts';
import { SHOWN_POSITION } from '../../http/shown-positions.ts';
import { utcTime } from '../../http/utc-time.ts';

const HOUR_MS = 3_600_000;

/** Ours: a rotation has reached a target by then. */
const GRACE_MS_DEFAULT = 24 * HOUR_MS;
const GRACE_MS_MAX = 30 * 24 * HOUR_MS;

/** A page costs an object request for each subscription. */
const PAGE_MAX = 100;

const TYPES_MAX = 100;

/** Ours: a page of the feed, and what `sendBatch` of a queue takes (platform). */
export const SENT_TOGETHER_MAX = 100;

const position = z.string().regex(SHOWN_POSITION, 'Send a position as it was answered.');
/** As JavaScript reads it of the environment. */
const binding = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'Send the name of a binding.');
const reason = z.string().min(1).max(1_000);

export const createSubscriptionInput = z.strictObject({
  publication: z.string(),
  target: z
    .union([
      z.strictObject({
        url: z
          .string()
          .max(2_000)
          .describe('Of a webhook: https at a public host, without credentials and fragment.'),
      }),
      z.strictObject({
        queue: binding.describe('The binding of a queue, each event one of its messages.'),
      }),
      z.strictObject({
        service: binding.describe(
          'The binding of another Worker, whose method `receive` is called with the events.',
        ),
      }),
    ])
    .describe('Where events are sent. A binding is one that LEDGE_TARGETS names.'),
  types: z
    .array(z.string())
    .min(1)
    .max(TYPES_MAX)
    .exactOptional()
    .describe('The types that are delivered. Left out: all.'),
  batch: z
    .int()
    .min(1)
    .max(SENT_TOGETHER_MAX)
    .exactOptional()
    .describe(
      'How many events are sent together at most. Left out: 1 to a webhook, 100 to a binding. Above 1 a webhook gets `application/cloudevents-batch+json`.',
    ),
  order: z
    .enum(['stream', 'none'])
    .default('stream')
    .describe(
      '`stream`: an event that fails holds up those behind it in its stream. `none`: it holds up itself alone.',
    ),
  personal: z
    .boolean()
    .default(false)
    .describe(
      'Sends personal fields plain, until their subject is forgotten. The caller has the grant `personal`.',
    ),
  from: z
    .union([z.enum(['now', 'beginning']), utcTime, position])
    .default('now')
    .describe(
      '`now`: what is published from now on. `beginning`: all. A time: what was published since then. A position: what is behind it.',
    ),
});

export const pauseSubscriptionInput = z.strictObject({ reason });

export const emptyInput = z.strictObject({});

export const replaySubscriptionInput = z.strictObject({
  from: z.union([z.literal('beginning'), utcTime, position]),
});

export const rotateSecretInput = z.strictObject({
  graceMs: z
    .int()
    .min(0)
    .max(GRACE_MS_MAX)
    .default(GRACE_MS_DEFAULT)
    .describe('How long deliveries are signed with the secret before, too.'),
});

export const redriveHeldInput = z.strictObject({
  stream: z.string().exactOptional().describe('Left out: all that were given up on.'),
});

export const skipHeldInput = z.strictObject({
  stream: z.string(),
  event: z.string().describe('The id of the next event, as it is listed.'),
  reason,
});

export const subscriptionsInput = z.strictObject({
  limit: wholeNumber({ min: 1, max: PAGE_MAX, default: 20 }),
  cursor: z.string().exactOptional(),
});

export type CreateSubscriptionInput = z.output<typeof createSubscriptionInput>;
