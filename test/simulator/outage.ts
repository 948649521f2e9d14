/** An outage on purpose: what D1 refuses, and whether the queue is gone as well. Faults by chance are in `fate.ts`. */

export interface Outage {
  /** `full` refuses writes, the others everything. */
  readonly database: 'full' | 'overloaded' | 'unreachable';
  readonly isQueueGone: boolean;
}

/** As D1 says it. */
export const DATABASE_ERRORS = {
  full: 'D1_ERROR: Exceeded maximum DB size: SQLITE_FULL',
  overloaded: 'D1_ERROR: D1 DB is overloaded. Too many requests queued.',
  unreachable: 'D1_ERROR: Network connection lost.',
} as const;

export const QUEUE_ERROR = 'The queue is not there.';

export const outages: readonly Outage[] = (['full', 'overloaded', 'unreachable'] as const).flatMap(
  (database) => [true, false].map((isQueueGone) => ({ database, isQueueGone })),
);
