/** A planned outage: the calls that D1 refuses, and whether the queue is down too. Random faults are in `fate.ts`. */

export interface Outage {
  /** `full` refuses writes, the others everything. */
  readonly database: 'full' | 'overloaded' | 'unreachable';
  readonly isQueueGone: boolean;
}

/** D1's error text. */
export const DATABASE_ERRORS = {
  full: 'D1_ERROR: Exceeded maximum DB size: SQLITE_FULL',
  overloaded: 'D1_ERROR: D1 DB is overloaded. Too many requests queued.',
  unreachable: 'D1_ERROR: Network connection lost.',
} as const;

export const QUEUE_ERROR = 'The queue is not there.';

export const outages: readonly Outage[] = (['full', 'overloaded', 'unreachable'] as const).flatMap(
  (database) => [true, false].map((isQueueGone) => ({ database, isQueueGone })),
);
