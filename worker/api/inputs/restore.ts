/** The input of each step of a database's restore. */
import * as z from 'zod';

/** Each is a request to its object, and an invocation may make so many. */
const BROUGHT_MAX = 100;

const ANCHORS_MAX = 2_000;

/** As patterns, so that the API's description has them: core/stream. */
const TENANT = /^[A-Za-z0-9._~-]{1,128}$/;
const STREAM = /^[A-Za-z0-9._~-]{1,128}\/[A-Za-z0-9._~-]{1,128}$/;
const TAG = /^[0-9a-f]{8}$/;

const count = z.int().min(0).max(999_999_999_999_999);

export const restoreInputs = {
  state: z.strictObject({}),
  streams: z.strictObject({
    after: z
      .strictObject({ tenant: z.string().max(2_000), stream: z.string().max(2_000) })
      .default({ tenant: '', stream: '' }),
  }),
  newer: z.strictObject({ after: count }),
  hold: z.strictObject({}),
  begin: z.strictObject({
    epoch: z.int().min(0).max(1_000_000),
    revision: z.int().min(0).max(1_000_000_000),
    anchors: z
      .array(z.strictObject({ position: count, tag: z.string().regex(TAG) }))
      .max(ANCHORS_MAX),
  }),
  bring: z.strictObject({
    streams: z
      .array(
        z.strictObject({
          tenant: z.string().regex(TENANT, 'Send a tenant as it was listed.'),
          stream: z.string().regex(STREAM, 'Send a stream like order/o-1.'),
        }),
      )
      .max(BROUGHT_MAX),
  }),
} as const;
