/**
 * What a tenant and its principals have used, by day: leases are counted when they are taken. A lease is one row. The
 * days before are kept, to be read and compared.
 */
import {
  type CountedQuota,
  type Lease,
  type LeaseRequest,
  type Quota,
  windowStartMs,
} from '../../core/access/quota.ts';
import { DAY_MS, dayOf } from '../../core/operations/growth.ts';
import type { ObjectTables } from '../object-tables.ts';

/** Ours. */
const KEPT_DAYS = 31;

/** Each new row makes room for itself, so that no lease has to delete many. */
const DELETED_AT_ONCE = 2;

/** `principal` is empty for the tenant as a whole. By day first: the oldest rows are next to each other. */
export const USAGE_TABLES = {
  usage: `
  CREATE TABLE usage (
    day INTEGER NOT NULL, -- since 1970
    counter TEXT NOT NULL,
    principal TEXT NOT NULL,
    used INTEGER NOT NULL,
    window_start INTEGER NOT NULL, -- of the newest window
    window_used INTEGER NOT NULL,
    PRIMARY KEY (day, counter, principal)
  ) STRICT, WITHOUT ROWID`,
};

export type UsageTableName = keyof typeof USAGE_TABLES;

const KEEP = `
  INSERT INTO usage (day, counter, principal, used, window_start, window_used) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
  ON CONFLICT (day, counter, principal) DO UPDATE SET
    used = excluded.used, window_start = excluded.window_start, window_used = excluded.window_used`;

const FORGET_OLD = `
  DELETE FROM usage WHERE (day, counter, principal) IN (
    SELECT day, counter, principal FROM usage WHERE day <= ? LIMIT ${DELETED_AT_ONCE})`;

type WindowRow = {
  readonly used: number;
  readonly windowStart: number;
  readonly windowUsed: number;
};

export class UsageTable {
  readonly #tables: ObjectTables<UsageTableName>;

  constructor(tables: ObjectTables<UsageTableName>) {
    this.#tables = tables;
  }

  /** What is refused writes nothing. */
  lease({ wanted, used, ...counted }: LeaseRequest, nowMs: number): Lease {
    const { quota } = counted;
    const day = dayOf(nowMs);
    const row = this.#row(day, counted);
    const windowStart = windowStartMs(quota, nowMs);
    const before = usedBefore(row, quota, windowStart);
    const room = Math.max(0, quota.amount - before - used);
    const granted = Math.min(wanted, room);
    const added = granted + used;
    if (added > 0) {
      const { counter, principal } = counted;
      const total = (row?.used ?? 0) + added;
      const values = [day, counter, principal, total, windowStart, before + added];
      this.#tables.writeTo('usage', KEEP, ...values);
      if (!row) this.#tables.write(FORGET_OLD, day - KEPT_DAYS);
    }
    return { granted, endsAtMs: windowStart + quota.windowMs };
  }

  #row(day: number, { counter, principal }: CountedQuota): WindowRow | undefined {
    if (!this.#tables.has('usage')) return undefined;
    const sql = `
      SELECT used, window_start AS windowStart, window_used AS windowUsed FROM usage
      WHERE day = ? AND counter = ? AND principal = ?`;
    return this.#tables.sql.exec<WindowRow>(sql, day, counter, principal).toArray()[0];
  }
}

/** A quota by the day has all of the day, also where it was one by the hour until now. */
function usedBefore(row: WindowRow | undefined, { windowMs }: Quota, windowStart: number): number {
  if (!row) return 0;
  if (windowMs === DAY_MS) return row.used;
  return row.windowStart === windowStart ? row.windowUsed : 0;
}
