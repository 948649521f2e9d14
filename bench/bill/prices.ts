/**
 * What Cloudflare asks on the paid plan for what goes beyond what is included, in dollars, as of November 2026.
 * Sources: developers.cloudflare.com, /workers/platform/pricing, /durable-objects/platform/pricing,
 * /queues/platform/pricing, /d1/platform/pricing.
 */

export const dollars = {
  perWorkerRequest: 0.3e-6,
  perProcessorMs: 0.02e-6,
  /** Calls and alarms alike. */
  perObjectRequest: 0.15e-6,
  perGigabyteSecond: 12.5e-6,
  /** In objects and in D1 alike. Setting an alarm is one. */
  perRowWritten: 1e-6,
  /** Of up to 64 KB. */
  perQueueOperation: 0.4e-6,
} as const;

/** Every object is billed for 128 MB while it is awake. */
export const OBJECT_GIGABYTES = 0.128;

/** Write, read, delete. */
export const OPERATIONS_PER_MESSAGE = 3;
