/** Where a journal is: its newer part in pages of D1, its older part in segments of R2. */
import type { LedgeEnv } from '../runtime/env.ts';
import type { Platform } from '../runtime/platform.ts';

export interface JournalStore {
  readonly database: D1Database;
  /** Undefined where the Worker has no bucket: nothing is sealed. */
  readonly bucket: R2Bucket | undefined;
}

export function journalOf(
  platform: Pick<Platform, 'database' | 'bucket'>,
  env: LedgeEnv,
  tenant: string,
): JournalStore {
  const database = platform.database(env, tenant);
  return { database, bucket: platform.bucket(env, database) };
}
