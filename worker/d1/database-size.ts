/** The size of a D1 database, which D1 returns with every result. Once it is full, no event reaches the journal. */
import type { DatabaseSize } from '../../core/operator-shapes/projection-status.ts';

/** The platform's limit on a paid plan, which applies to the byte. A free plan has 500 MB. */
const DATABASE_BYTES_MAX = 10_000_000_000;

/** Our value: at a steady rate, the time left is then at least 40 % of the time that it took to fill. */
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
