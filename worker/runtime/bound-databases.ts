/** The databases that are bound to the Worker, and their buckets. */
import {
  FIRST_DATABASE,
  furtherBuckets,
  furtherDatabases,
} from '../../core/protocol/deployment-names.ts';
import type { LedgeEnv } from './env.ts';

const DATABASES = furtherDatabases(FIRST_DATABASE);
const BUCKETS = furtherBuckets('JOURNAL');

/** The first of them is `DB`. One behind a gap is none: `ledge check` reports it. */
export function boundDatabases(env: LedgeEnv): number {
  const gap = DATABASES.findIndex((name) => !env[name]);
  return gap === -1 ? DATABASES.length + 1 : gap + 1;
}

export function databaseAt(env: LedgeEnv, index: number): D1Database {
  const name = DATABASES[index - 1];
  const database = index === 0 ? env.DB : name && env[name];
  if (!database) throw new RangeError(`There is no database ${index + 1}.`);
  return database;
}

export function bucketAt(env: LedgeEnv, index: number): R2Bucket | undefined {
  const name = BUCKETS[index - 1];
  return index === 0 ? env.JOURNAL : name && env[name];
}
