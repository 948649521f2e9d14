/**
 * Quotas: how much a principal or a tenant may use in a window of time. They are counted by leases: an isolate takes a
 * part of a quota and uses it up, so that a use costs a fraction of a request and of a row. Pure.
 */

/** What is counted. `requests`: of a tenant with a brake. `rows`: that D1 reads. */
export const quotaCounters = ['requests', 'commands', 'streams', 'rows'] as const;

export type QuotaCounter = (typeof quotaCounters)[number];

export interface Quota {
  readonly amount: number;
  readonly windowMs: number;
}

/** `principal` is empty for the tenant as a whole. */
export interface CountedQuota {
  readonly counter: QuotaCounter;
  readonly principal: string;
  readonly quota: Quota;
}

export interface LeaseRequest extends CountedQuota {
  /** How much is taken, as far as the quota has it. */
  readonly wanted: number;
  /** How much was used without a lease. It is counted in any case. */
  readonly used: number;
}

export interface Lease {
  /** Less than was wanted: the quota has no more. */
  readonly granted: number;
  /** When its window ends, and the lease with it. */
  readonly endsAtMs: number;
}

/** Ours: what an isolate that ends takes with it at most. */
const LEASE_MAX: Readonly<Record<QuotaCounter, number>> = {
  requests: 100,
  commands: 100,
  streams: 100,
  rows: 50_000,
};

/** Parts of a quota, and steps in which leases grow. */
const PARTS = 100;

/**
 * How much an isolate takes that has used so much in this window: as much again, and at most a hundredth of the quota.
 * So an isolate that ends has used more than is lost with it, and one that is busy asks rarely.
 */
export function leaseSize({ counter, quota }: CountedQuota, usedHere: number): number {
  const max = LEASE_MAX[counter];
  const size = Math.min(max, Math.max(usedHere, max / PARTS), Math.floor(quota.amount / PARTS));
  return Math.max(1, size);
}

/** The window of UTC that a time is in. */
export function windowStartMs({ windowMs }: Quota, nowMs: number): number {
  return Math.floor(nowMs / windowMs) * windowMs;
}
