/** The waits between attempts. Jitter is added by the caller, who knows what may return together. */
export interface Backoff {
  /** After the first failure; doubles with each one that follows. */
  readonly first: number;
  readonly max: number;
}

/** In the unit of the bounds; `failures` in a row, 1 or more. */
export function backoff({ first, max }: Backoff, failures: number): number {
  return Math.min(first * 2 ** (failures - 1), max);
}
