/** The delays between attempts. The caller adds jitter, where several callers could retry at once. */
export interface Backoff {
  /** The delay after the first failure; doubles with each further one. */
  readonly first: number;
  readonly max: number;
}

/** The delay, in the unit of the bounds, after 1 or more consecutive `failures`. */
export function backoff({ first, max }: Backoff, failures: number): number {
  return Math.min(first * 2 ** (failures - 1), max);
}
