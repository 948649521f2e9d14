/** Quotas as roles and tenants declare them: `{ commands: '500/day', rows: '200000/hour' }`. */
import * as z from 'zod';
import type { Quota } from './quota.ts';

/** Of UTC. */
const periodsMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const;

/** `500/day`. */
export type QuotaText = `${number}/${keyof typeof periodsMs}`;

/** Commands that are sent, streams that they begin, rows that D1 reads for queries. */
export const usageCounters = ['commands', 'streams', 'rows'] as const;

export type UsageCounter = (typeof usageCounters)[number];

export type DeclaredQuotas = { readonly [Counter in UsageCounter]?: string };

export type RoleQuotas = { readonly [Counter in UsageCounter]?: QuotaText };

const QUOTA = /^([1-9]\d{0,14})\/(minute|hour|day)$/;

export const QUOTA_RULE = 'A quota is a number and a period, like 500/day: minute, hour or day.';

const quotaText = z.string().regex(QUOTA, QUOTA_RULE).exactOptional();

export const declaredQuotas = z.strictObject({
  ...{ commands: quotaText, streams: quotaText, rows: quotaText },
});

/** Undefined for a text that is no quota. */
export function parseQuota(text: string): Quota | undefined {
  const [, amount, name] = QUOTA.exec(text) ?? [];
  const period = Object.entries(periodsMs).find(([one]) => one === name);
  return period && { amount: Number(amount), windowMs: period[1] };
}

/** Of a use that is counted and not limited. */
export const UNLIMITED: Quota = { amount: Number.POSITIVE_INFINITY, windowMs: periodsMs.day };
