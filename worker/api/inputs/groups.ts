/** What operators and consumers send about consumer groups. */
import * as z from 'zod';
import { wholeNumber } from '../../http/query-parameters.ts';
import { SHOWN_POSITION } from '../../http/shown-positions.ts';
import { utcTime } from '../../http/utc-time.ts';

/** A page costs an object request for each group. */
const PAGE_MAX = 100;

const TYPES_MAX = 100;

/** Ours: a row of the object has the places of all. */
const MESSAGES_MAX = 500;

/** Ours: a message that takes longer is better acknowledged at once, and its work recorded elsewhere. */
const LEASE_SECONDS_MAX = 12 * 3_600;
const LEASE_SECONDS_DEFAULT = 30;

const ATTEMPTS_DEFAULT = 10;
const ATTEMPTS_MAX = 1_000;

const DAY_SECONDS = 24 * 3_600;

const position = z.string().regex(SHOWN_POSITION, 'Send a position as it was answered.');

/** The name of a group is a segment of its address. */
export const GROUP_NAME = /^[a-z][a-z0-9-]{0,62}$/;

export const createGroupInput = z.strictObject({
  name: z
    .string()
    .regex(GROUP_NAME, 'Send a lower-case letter, then letters, digits and hyphens: 63 at most.'),
  publication: z.string(),
  types: z
    .array(z.string())
    .min(1)
    .max(TYPES_MAX)
    .exactOptional()
    .describe('The types of its messages. Left out: all.'),
  from: z
    .union([z.enum(['now', 'beginning']), utcTime, position])
    .default('now')
    .describe(
      '`now`: what is published from now on. `beginning`: all. A time: what was published since then. A position: what is behind it.',
    ),
  attempts: z
    .int()
    .min(1)
    .max(ATTEMPTS_MAX)
    .default(ATTEMPTS_DEFAULT)
    .describe('As many failed attempts park a message. A lease that ends is one.'),
});

const leaseSeconds = z
  .int()
  .min(1)
  .max(LEASE_SECONDS_MAX)
  .default(LEASE_SECONDS_DEFAULT)
  .describe('For how long no other consumer is given the messages, nor others of their streams.');

export const receiveInput = z.strictObject({
  max: z.int().min(1).max(MESSAGES_MAX).default(10).describe('How many messages at most.'),
  leaseSeconds,
  wait: z
    .int()
    .min(0)
    .max(30)
    .default(0)
    .describe('How many seconds to wait for a message when there is none.'),
});

const receipts = z
  .array(z.string().max(100))
  .min(1)
  .max(MESSAGES_MAX)
  .describe('As they were received; of a stream in its order, whatever the order of the list.');

export const ackInput = z.strictObject({ receipts });

export const nackInput = z.strictObject({
  receipts,
  fate: z
    .enum(['retry', 'release', 'park', 'skip'])
    .default('retry')
    .describe(
      '`retry`: the attempt has failed. `release`: it was not begun, and counts as none. `park`: an operator decides. `skip`: it is left out for good.',
    ),
  afterSeconds: z
    .int()
    .min(0)
    .max(DAY_SECONDS)
    .exactOptional()
    .describe(
      'Of `retry`: not before. Left out: 5 seconds, doubled after each failure up to half an hour.',
    ),
  reason: z
    .string()
    .min(1)
    .max(1_000)
    .exactOptional()
    .describe('Of `retry` and `park`: shown to operators. Without personal data.'),
});

export const extendInput = z.strictObject({ receipts, leaseSeconds });

export const redriveMessagesInput = z.strictObject({
  stream: z.string().exactOptional().describe('Left out: all that were given up on.'),
});

export const skipMessageInput = z.strictObject({
  stream: z.string(),
  event: z.string().describe('The id of the next message, as it is listed.'),
  reason: z.string().min(1).max(1_000),
});

export const deleteGroupInput = z.strictObject({});

export const groupsInput = z.strictObject({
  limit: wholeNumber({ min: 1, max: PAGE_MAX, default: 20 }),
  cursor: z.string().exactOptional(),
});

export type CreateGroupInput = z.output<typeof createGroupInput>;
export type ReceiveInput = z.output<typeof receiveInput>;
export type NackInput = z.output<typeof nackInput>;
