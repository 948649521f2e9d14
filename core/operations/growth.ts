/** How fast a database grows, and when it is full, from the sizes of the days before. Pure. */

export const DAY_MS = 86_400_000;

/** The window: a week has its busy and its quiet days. */
const DAYS_MAX = 7;

/** The size of a database at a time. */
export interface DatabaseSample {
  readonly database: string;
  readonly atMs: number;
  readonly bytes: number;
}

export interface Growth {
  /** Negative where it shrinks. */
  readonly bytesPerDay: number;
  /** Null where it does not grow. */
  readonly daysUntilFull: number | null;
}

/** Undefined until there is a size from at least a day ago. */
export function growthOf(
  samples: readonly DatabaseSample[],
  { database, atMs, bytes }: DatabaseSample,
  limitBytes: number,
): Growth | undefined {
  const [oldest] = samples
    .filter((one) => one.database === database && atMs - one.atMs <= DAYS_MAX * DAY_MS)
    .toSorted((one, other) => one.atMs - other.atMs);
  if (!oldest || atMs - oldest.atMs < DAY_MS) return undefined;
  const bytesPerDay = Math.round(((bytes - oldest.bytes) / (atMs - oldest.atMs)) * DAY_MS);
  if (bytesPerDay <= 0) return { bytesPerDay, daysUntilFull: null };
  return { bytesPerDay, daysUntilFull: Math.max(0, (limitBytes - bytes) / bytesPerDay) };
}

export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}
