/**
 * The watches of Live objects in D1. A watch is written on the primary before its rows are read, and it is read in the
 * batch that commits rows: so each commit is either in the rows that were read, or notifies the object.
 */

import type { Watch } from '../../core/live/watch.ts';

const BEGIN = `
  INSERT INTO watch (tenant, projection, shard, registration) VALUES (?, ?, ?, ?)
  ON CONFLICT (tenant, projection, shard) DO UPDATE SET registration = excluded.registration`;

export function beginWatch(
  database: D1Database,
  { tenant, projection, shard, registration }: Watch,
): Promise<unknown> {
  return database.prepare(BEGIN).bind(tenant, projection, shard, registration).run();
}

const END = `
  DELETE FROM watch WHERE tenant = ? AND projection = ? AND shard = ? AND registration = ?`;

/** Removes this registration, and not a later one of the same object. */
export function endWatch(
  database: D1Database,
  { tenant, projection, shard, registration }: Watch,
): Promise<unknown> {
  return database.prepare(END).bind(tenant, projection, shard, registration).run();
}

const READ = `
  SELECT tenant, projection, shard, registration FROM watch
  WHERE tenant IN (SELECT wanted.value FROM json_each(?) AS wanted)`;

export function readWatches(database: D1Database, tenants: readonly string[]): D1PreparedStatement {
  return database.prepare(READ).bind(JSON.stringify([...new Set(tenants)]));
}

/** The statement determines the type of the rows. */
export function watchesFrom(result: D1Result | undefined): readonly Watch[] {
  return (result?.results ?? []) as Watch[];
}

/** A watch whose notification is pending, with the text that identifies the change. */
export interface DueWatch extends Watch {
  readonly due: string;
}

/** `due` is random, so that a finished notification does not clear one that became pending meanwhile. */
const DUE = 'UPDATE watch SET due = lower(hex(randomblob(8)))';

const MARK_PROJECTIONS = `
  ${DUE} WHERE projection IN (SELECT named.value FROM json_each(?) AS named)
  RETURNING tenant, projection, shard, registration, due`;

/** For the batch that changes the version that a projection's queries read. */
export function markDue(database: D1Database, projections: readonly string[]): D1PreparedStatement {
  return database.prepare(MARK_PROJECTIONS).bind(JSON.stringify(projections));
}

/** The statement determines the type of the rows. */
export function dueFrom(result: D1Result | undefined): readonly DueWatch[] {
  return (result?.results ?? []) as DueWatch[];
}

const MARK = `
  ${DUE} WHERE (tenant, projection, shard) IN (
    SELECT missed.value ->> 0, missed.value ->> 1, missed.value ->> 2 FROM json_each(?) AS missed)`;

/** Marks the watches of objects that could not be notified. */
export function markPending(database: D1Database, watches: readonly Watch[]): Promise<unknown> {
  const keys = watches.map(({ tenant, projection, shard }) => [tenant, projection, shard]);
  return database.prepare(MARK).bind(JSON.stringify(keys)).run();
}

const READ_DUE = `
  SELECT tenant, projection, shard, registration, due FROM watch WHERE due IS NOT NULL LIMIT ?`;

export async function readDue(database: D1Database, limit: number): Promise<DueWatch[]> {
  const { results } = await database.prepare(READ_DUE).bind(limit).all<DueWatch>();
  return results;
}

const NOTIFIED = `
  UPDATE watch SET due = NULL WHERE (tenant, projection, shard, due) IN (
    SELECT notified.value ->> 0, notified.value ->> 1, notified.value ->> 2, notified.value ->> 3 FROM json_each(?) AS notified)`;

/** Keeps notifications that became pending meanwhile. */
export function markNotified(
  database: D1Database,
  notified: readonly DueWatch[],
): Promise<unknown> {
  const keys = notified.map(({ tenant, projection, shard, due }) => [
    tenant,
    projection,
    shard,
    due,
  ]);
  return database.prepare(NOTIFIED).bind(JSON.stringify(keys)).run();
}
