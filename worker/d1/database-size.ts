/** How full a D1 database is. D1 says so with every answer; once it is full, no event reaches the journal any more. */
import type { DatabaseSize } from '../../core/operator-shapes/projection-status.ts';

/** The platform's limit on a paid plan; databases were seen to end at it to the byte. A free plan has 500 MB. */
const DATABASE_BYTES_MAX = 10_000_000_000;

/** Ours: at a steady rate there is as much time left as went by since the database was half as full as now. */
const WARNED_SHARE = 0.7;

export async function databaseSize(database: D1Database): Promise<DatabaseSize> {
  const { meta } = await database.prepare('SELECT 1').run();
  const bytes = meta?.size_after ?? null;
  return { bytes, limitBytes: DATABASE_BYTES_MAX, warning: sizeWarning(bytes ?? 0) };
}

export function sizeWarning(bytes: number): string | null {
  if (bytes < WARNED_SHARE * DATABASE_BYTES_MAX) return null;
  const percent = Math.floor((bytes / DATABASE_BYTES_MAX) * 100);
  return `The database is ${percent} % full. Once it is full, read models stand still until there is room.`;
}
