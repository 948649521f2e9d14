/** The size of a D1 database, which D1 returns with every result. Once it is full, no event reaches the journal. */
import type { DatabaseSize } from '../../core/operator-shapes/projection-status.ts';

interface LimitSetting {
  readonly LEDGE_DATABASE_MB?: string;
}

/** The platform's limit on a paid plan, which applies to the byte. A free plan has 500 MB. */
const DATABASE_BYTES_MAX = 10_000_000_000;

const MB = 1_000_000;

/** Our value: at a steady rate, the time left is then at least 40 % of the time that it took to fill. */
export const WARNED_SHARE = 0.7;

interface NamedDatabase {
  readonly name: string;
  readonly database: D1Database;
}

export async function databaseSize(
  env: LimitSetting,
  { name, database }: NamedDatabase,
): Promise<DatabaseSize> {
  const { meta } = await database.prepare('SELECT 1').run();
  const bytes = meta?.size_after ?? null;
  const limitBytes = databaseLimit(env);
  return { name, bytes, limitBytes, warning: sizeWarning(bytes ?? 0, limitBytes) };
}

/** A variable that is no positive number leaves the limit of a paid plan, which the answers show. */
export function databaseLimit({ LEDGE_DATABASE_MB: megabytes }: LimitSetting): number {
  const bytes = Number(megabytes) * MB;
  return bytes > 0 && Number.isFinite(bytes) ? Math.round(bytes) : DATABASE_BYTES_MAX;
}

export function sizeWarning(bytes: number, limitBytes = DATABASE_BYTES_MAX): string | null {
  if (bytes < WARNED_SHARE * limitBytes) return null;
  const percent = Math.floor((bytes / limitBytes) * 100);
  return `The database is ${percent} % full. Once it is full, read models stand still until there is room.`;
}
