/**
 * The frames of `/v1/live`, for both ends: each is one JSON text. `docs/live-protocol.md` describes their guarantees.
 * Changes of rows are in live-difference, which needs no zod.
 */
import * as z from 'zod';
import type { Problem } from '../protocol/problem.ts';
import { TOKENS_MAX } from './live-limits.ts';

export { FRAME_CHARACTERS_MAX, PING, PONG, SUBSCRIPTIONS_MAX } from './live-limits.ts';

export const SEQ_CHARACTERS_MAX = 128;

const KEY_PARTS_MAX = 20;

const id = z
  .string()
  .min(1)
  .max(64)
  .describe('What the client calls the subscription; every frame about it carries it.');

/** `incarnation.n`: the `n`th state of a result that the server has followed without interruption. */
const seq = z
  .string()
  .describe('A state of the result, `incarnation.n`. Opaque but for its equality.');

const key = z.string().describe('The name of the row, unique in the result. Opaque.');
const row = z.unknown().describe('The row as `GET /v1/queries` answers it.');

export const subscribeFrame = z.strictObject({
  type: z.literal('subscribe'),
  id,
  query: z.string().max(128).describe("A projection's name, or a named query's."),
  input: z
    .record(z.string().max(256), z.unknown())
    .exactOptional()
    .describe(
      'What `GET /v1/queries/{query}` takes as parameters, as it is written there; without `cursor` and `count`.',
    ),
  key: z
    .array(z.string().max(1_024))
    .min(1)
    .max(KEY_PARTS_MAX)
    .exactOptional()
    .describe(
      "One row of a projection: the parts of its key, in the key's order. Then without `input`.",
    ),
  since: z
    .string()
    .max(SEQ_CHARACTERS_MAX)
    .exactOptional()
    .describe(
      'The `seq` of the last frame of this subscription: only what was missed is sent, if it is still known.',
    ),
  consistentWith: z
    .array(z.string().max(300))
    .min(1)
    .max(TOKENS_MAX)
    .exactOptional()
    .describe(
      'Consistency tokens like `order/o-1@7`: a `consistent` frame says when the rows include each.',
    ),
});

export const unsubscribeFrame = z.strictObject({ type: z.literal('unsubscribe'), id });

/** Moves the end of the socket. The subscriptions stay as they are. */
export const renewFrame = z.strictObject({
  type: z.literal('renew'),
  id: z.string().min(1).max(64).describe('What the client calls this renewal.'),
  ticket: z
    .string()
    .max(2_000)
    .describe('Of `POST /v1/live/tickets`, for the caller that opened the socket.'),
});

export const clientFrame = z.discriminatedUnion('type', [
  subscribeFrame,
  unsubscribeFrame,
  renewFrame,
]);

export const snapshotFrame = z.strictObject({
  type: z.literal('snapshot'),
  id,
  rows: z.array(z.strictObject({ key, row })).describe('The whole result, in its order.'),
  seq,
});

export const changeFrame = z.strictObject({
  type: z.literal('change'),
  id,
  upserts: z
    .array(z.strictObject({ key, row, index: z.int().min(0) }))
    .describe('Rows that are new, other or elsewhere, by ascending place in the new result.'),
  deletes: z.array(key).describe('The keys of rows that are gone.'),
  seq,
});

export const currentFrame = z.strictObject({ type: z.literal('current'), id, seq });

export const consistentFrame = z.strictObject({
  type: z.literal('consistent'),
  id,
  token: z.string(),
});

export const renewedFrame = z.strictObject({
  type: z.literal('renewed'),
  id: z.string().describe('Of the `renew` frame.'),
  until: z.string().describe('When the socket ends unless it is renewed again.'),
});

export const errorFrame = z.strictObject({
  type: z.literal('error'),
  id: id.exactOptional(),
  token: z
    .string()
    .exactOptional()
    .describe('The token that was refused. The subscription continues without it.'),
  problem: z.looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
  }) satisfies z.ZodType<Problem>,
});

export const serverFrame = z.discriminatedUnion('type', [
  snapshotFrame,
  changeFrame,
  currentFrame,
  consistentFrame,
  renewedFrame,
  errorFrame,
]);

export type SubscribeFrame = z.output<typeof subscribeFrame>;
export type UnsubscribeFrame = z.output<typeof unsubscribeFrame>;
export type RenewFrame = z.output<typeof renewFrame>;
export type ClientFrame = z.output<typeof clientFrame>;
export type ServerFrame = z.output<typeof serverFrame>;
