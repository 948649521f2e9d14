/** What an administrator sends about API keys. */
import * as z from 'zod';
import { IDENTIFIER_RULE } from '../../../core/aggregate/stream.ts';
import { valueBytes } from '../../../core/values/bytes.ts';
import { wholeNumber } from '../../http/query-parameters.ts';
import { utcTime } from '../../http/utc-time.ts';
import { principalId, tenantName } from '../../runtime/principal.ts';

const HOUR_MS = 3_600_000;

/** Ours: a rotation has reached every program of a company by then. */
const GRACE_MS_DEFAULT = 24 * HOUR_MS;
const GRACE_MS_MAX = 30 * 24 * HOUR_MS;

/** Principals that Ledge itself names. */
const KEY_PREFIX = 'key:';

const ROLES_MAX = 32;

/** Ours: they travel with each request to an object, and with each socket. */
const CLAIMS_BYTES_MAX = 2_000;

/** A page costs an object request for each of its keys. */
const PAGE_MAX = 100;

export const issueKeyInput = z.strictObject({
  principal: principalId
    .refine((id) => !id.startsWith(KEY_PREFIX), `The prefix ${KEY_PREFIX} is taken.`)
    .describe(
      'The actor of what the bearer causes, like `service:shop`. It begins neither with `ledge:` nor with `key:`.',
    ),
  tenant: tenantName
    .exactOptional()
    .describe(`${IDENTIFIER_RULE}. Left out: the one of the administrator.`),
  roles: z
    .array(z.string())
    .max(ROLES_MAX)
    .default([])
    .describe('`operator`, `admin`, `monitor`, and those of the access rules of the app.'),
  claims: z
    .record(z.string(), z.unknown())
    .refine(
      (claims) => valueBytes(claims) <= CLAIMS_BYTES_MAX,
      `Claims take at most ${CLAIMS_BYTES_MAX} bytes.`,
    )
    .default({})
    .describe('What the access rules may see of the bearer: `{ "customer": "ann" }`.'),
  expiresAt: utcTime.nullable().default(null).describe('A time to come. Null: it does not expire.'),
  note: z.string().max(1_000).default(''),
});

export const rotateKeyInput = z.strictObject({
  graceMs: z
    .int()
    .min(0)
    .max(GRACE_MS_MAX)
    .default(GRACE_MS_DEFAULT)
    .describe('How long the old secret works beside the new one.'),
});

export const revokeKeyInput = z.strictObject({ reason: z.string().min(1).max(1_000) });

export const keysInput = z.strictObject({
  limit: wholeNumber({ min: 1, max: PAGE_MAX, default: 20 }),
  cursor: z.string().exactOptional(),
});

export type IssueKeyInput = z.output<typeof issueKeyInput>;
