/**
 * What a tenant and its principals have used, by day: leases are counted when they are taken. A lease is one row. The
 * days before are kept, to be read and compared.
 */
import {
  type CountedQuota,
  type Lease,
  type LeaseRequest,
  type Quota,
  type QuotaCounter,
  quotaCounters,
  windowStartMs,
} from '../../core/access/quota.ts';
import { DAY_MS, dayOf } from '../../core/operations/growth.ts';
import type { UsageDay } from '../../core/operator-shapes/usage.ts';
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

/** The tenant's own row, and the principals that have used most. */
const OF_DAY = `
  SELECT principal, used FROM usage WHERE day = ?1 AND counter = ?2 ORDER BY principal <> '', used DESC LIMIT 101`;

/** A row each: the days are looked up by their keys. */
const OF_DAYS = `
  SELECT used FROM json_each(?1) AS one JOIN usage ON usage.day = one.value AND counter = ?2 AND principal = ''
  ORDER BY used`;

/** Ours: with fewer days before, nothing is usual. */
const DAYS_MIN = 7;

/** Ours: a busy day is twice a usual one. */
const FAR_ABOVE = 3;

type WindowRow = {
  readonly used: number;
  readonly windowStart: number;
  readonly windowUsed: number;
};

type PrincipalRow = { readonly principal: string; readonly used: number };

interface CountedLease {
  readonly lease: Lease;
  readonly isFarAbove: boolean;
}

export class UsageTable {
  readonly #tables: ObjectTables<UsageTableName>;
  readonly #farAboveOf = new Map<
    QuotaCounter,
    { readonly day: number; readonly used: number | undefined }
  >();

  constructor(tables: ObjectTables<UsageTableName>) {
    this.#tables = tables;
  }

  /** What is refused writes nothing. `isFarAbove`: the day of the tenant is so with this lease, and was not before. */
  lease({ wanted, used, ...counted }: LeaseRequest, nowMs: number): CountedLease {
    const { quota } = counted;
    const day = dayOf(nowMs);
    const row = this.#row(day, counted);
    const windowStart = windowStartMs(quota, nowMs);
    const before = usedBefore(row, quota, windowStart);
    const room = Math.max(0, quota.amount - before - used);
    const granted = Math.min(wanted, room);
    const added = granted + used;
    const total = row?.used ?? 0;
    if (added > 0) this.#keep(day, counted, total + added, windowStart, before + added);
    if (added > 0 && !row) this.#tables.write(FORGET_OLD, day - KEPT_DAYS);
    const farAbove = counted.principal === '' ? this.#farAbove(day, counted.counter) : undefined;
    return {
      lease: { granted, endsAtMs: windowStart + quota.windowMs },
      isFarAbove: farAbove !== undefined && total <= farAbove && total + added > farAbove,
    };
  }

  ofDay(day: number): Omit<UsageDay, 'day'> {
    if (!this.#tables.has('usage')) return { used: [], principals: [] };
    const rows = quotaCounters.flatMap((counter) =>
      this.#tables.sql
        .exec<PrincipalRow>(OF_DAY, day, counter)
        .toArray()
        .map((row) => ({ ...row, counter })),
    );
    return {
      used: rows
        .filter(({ principal }) => principal === '')
        .map(({ counter, used }) => ({ counter, used, median: this.#median(day, counter) })),
      principals: rows.filter(({ principal }) => principal !== ''),
    };
  }

  #keep(day: number, { counter, principal }: CountedQuota, ...numbers: readonly number[]): void {
    this.#tables.writeTo('usage', KEEP, day, counter, principal, ...numbers);
  }

  /** Read once a day for each counter, while the object is in memory. */
  #farAbove(day: number, counter: QuotaCounter): number | undefined {
    const known = this.#farAboveOf.get(counter);
    if (known?.day === day) return known.used;
    const median = this.#median(day, counter);
    const used = median === null ? undefined : median * FAR_ABOVE;
    this.#farAboveOf.set(counter, { day, used });
    return used;
  }

  /** Of the days before on which something was used. */
  #median(day: number, counter: QuotaCounter): number | null {
    if (!this.#tables.has('usage')) return null;
    const days = JSON.stringify(Array.from({ length: KEPT_DAYS }, (_, index) => day - 1 - index));
    const rows = this.#tables.sql.exec<{ used: number }>(OF_DAYS, days, counter).toArray();
    if (rows.length < DAYS_MIN) return null;
    return rows[Math.floor(rows.length / 2)]?.used ?? null;
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
