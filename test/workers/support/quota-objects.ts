/** The objects that count what tenants use: how often an isolate asks them, and what they have stored. */
import { runInDurableObject } from 'cloudflare:test';
import { bindings } from './directory-shop.ts';
import { faults } from './faults.ts';
import { env } from './harness.ts';

/** The names of the health objects that were asked, in their order. */
export const askedHealth: string[] = [];

/** Bindings by which the questions are counted. */
export const counted = {
  ...bindings,
  HEALTH: {
    getByName(name: string) {
      askedHealth.push(name);
      return env.HEALTH.getByName(name);
    },
  },
};

/** Bindings whose health objects do not answer. */
export const away = {
  ...bindings,
  HEALTH: {
    getByName(): never {
      throw new Error('Network connection lost.');
    },
  },
};

export interface UsedRow {
  readonly [column: string]: string | number;
  readonly counter: string;
  readonly principal: string;
  readonly used: number;
}

/** What is counted of a tenant, by day. Asks the object, which makes nothing. */
export function usedRows(tenant: string): Promise<UsedRow[]> {
  return runInDurableObject(env.HEALTH.getByName(`quota/${tenant}`), (_object, { storage }) => {
    const isThere = storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'usage'").toArray();
    if (isThere.length === 0) return [];
    const sql = 'SELECT counter, principal, used FROM usage ORDER BY day, counter, principal';
    return storage.sql.exec<UsedRow>(sql).toArray();
  });
}

/** Moves the clock to the beginning of the next window of this length. */
export function toNextWindow(windowMs: number): void {
  faults.clockSkewMs += windowMs - ((Date.now() + faults.clockSkewMs) % windowMs);
}

/** What a request for a lease throws, in the object itself: over RPC it would reject twice. */
export function leaseError(tenant: string): Promise<string> {
  const quota = { amount: 5, windowMs: 10_000 };
  const request = { counter: 'requests', principal: '', quota, wanted: 1, used: 0 } as const;
  return runInDurableObject(env.HEALTH.getByName(`quota/${tenant}`), (object) => {
    const { lease }: { lease?: (tenant: string, requests: object[]) => unknown } = Object(object);
    try {
      return JSON.stringify(lease?.call(object, tenant, [request]));
    } catch (error) {
      return String(error);
    }
  });
}
