/** The input of each step of an export, and of a restore from one. */
import * as z from 'zod';
import { keptPage, releasedStream, transferPlace } from '../../../core/protocol/stream-transfer.ts';
import { restoreInputs } from './restore.ts';

/** Each is a request to its object, and an invocation may make so many. */
const STREAMS_MAX = 100;

/** Of all pages of a request. Ours: a page has at most 4 MB of timers, 1 MB of actions, an event of 1.9 MB, and 1 MB of outcomes. */
export const PAGES_BYTES_MAX = 8_000_000;

const named = restoreInputs.bring.shape.streams.element;

export const transferInputs = {
  begin: z.strictObject({ reason: z.string().min(1).max(1_000).exactOptional() }),
  pages: z.strictObject({
    streams: z
      .array(named.extend({ next: transferPlace.exactOptional() }))
      .min(1)
      .max(STREAMS_MAX),
  }),
  claim: z.strictObject({ export: z.string().regex(/^[0-9a-f]{64}$/, 'Send a SHA-256.') }),
  rows: z.strictObject({
    pages: z.array(keptPage.extend(named.shape)).max(STREAMS_MAX),
  }),
  release: z.strictObject({
    streams: z.array(releasedStream.extend(named.shape)).max(STREAMS_MAX),
  }),
} as const;
