/** API keys, as `/v1/keys` answers them. */
import * as z from 'zod';
import { listOf, time } from '../values/shape-words.ts';

export const keyStatuses = ['active', 'expired', 'revoked'] as const;

export const apiKeyView = z.object({
  id: z.string(),
  status: z.enum(keyStatuses),
  tenant: z.string().describe('Owns all that the bearer reads and writes.'),
  principal: z.string().describe('The actor of what the bearer causes.'),
  roles: listOf(z.string()),
  claims: z
    .record(z.string(), z.unknown())
    .describe('What the access rules may see of the bearer.'),
  expiresAt: time.nullable(),
  previousUntil: time.nullable().describe('Until when the secret before the last rotation works.'),
  note: z.string(),
  reason: z.string().nullable().describe('Why it was revoked.'),
});

/** The only answers that hold a key. */
export const shownApiKey = apiKeyView.extend({
  key: z.string().describe('The key itself. It is shown this once; only its hash is kept.'),
});

export const listedApiKey = apiKeyView.extend({
  issuedAt: time,
  issuedBy: z.string(),
});

export const apiKeyPage = z.object({
  keys: listOf(listedApiKey),
  cursor: z.string().exactOptional(),
});

export type ApiKeyView = z.output<typeof apiKeyView>;
export type ShownApiKey = z.output<typeof shownApiKey>;
export type ListedApiKey = z.output<typeof listedApiKey>;
export type ApiKeyPage = z.output<typeof apiKeyPage>;
