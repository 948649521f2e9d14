/** A tenant's brake: how many requests its callers have together, whatever their classes, until it is released. */
import * as z from 'zod';
import type { CountedQuota } from './quota.ts';

/** Ours, and that of the classes. */
export const BRAKE_WINDOW_MS = 10_000;

/** Ours: more is no brake. */
export const BRAKE_RATE_MAX = 10_000;

/** `rate`: requests in ten seconds. */
export const tenantBrake = z.strictObject({
  rate: z.int().min(1).max(BRAKE_RATE_MAX),
  reason: z.string(),
});

export type TenantBrake = z.output<typeof tenantBrake>;

export function quotaOfBrake({ rate }: TenantBrake): CountedQuota {
  const quota = { amount: rate, windowMs: BRAKE_WINDOW_MS };
  return { counter: 'requests', principal: '', quota };
}
