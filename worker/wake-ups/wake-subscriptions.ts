/**
 * Wakes the objects of subscriptions and consumer groups: after a batch that has published, and once a minute from the cron. A wake-up that
 * fails is logged, fails nothing and is made up for by the cron.
 */
import type { Log } from '../../core/failures/log-line.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import type { LedgeEnv } from '../runtime/env.ts';
import { readerStub } from '../runtime/object-stubs.ts';
import { readHeads } from './registrations.ts';

/** Our limit: a batch waits this long for an object that hangs, as for its confirmations. */
const WAIT_MS_MAX = 1_000;

/** Ours: each costs a request. The cron wakes what is left. */
const WOKEN_AT_ONCE = 100;

const TICK_MS = 60_000;

/** The end of a feed that a batch has written, and its subscriptions and groups. */
export interface PublishedFeed {
  readonly tenant: string;
  readonly publication: string;
  /** The position of its newest event. */
  readonly last: number;
  /** The ids of their rows. */
  readonly subscriptions: readonly string[];
}

interface Sleeping {
  readonly tenant: string;
  readonly id: string;
  readonly head: number;
}

export type WakeSubscriptions = (feeds: readonly PublishedFeed[]) => Promise<void>;

/** Never rejects. */
export function wakerOf(env: LedgeEnv, log: Log): WakeSubscriptions {
  return async (feeds) => {
    const heads = new Map<string, Sleeping>();
    for (const { tenant, last, subscriptions } of feeds) {
      for (const id of subscriptions) {
        const head = Math.max(last, heads.get(`${tenant}/${id}`)?.head ?? 0);
        heads.set(`${tenant}/${id}`, { tenant, id, head });
      }
    }
    await wake(env, log, [...heads.values()].slice(0, WOKEN_AT_ONCE));
  };
}

/** From the cron: compares the positions of some subscriptions and groups with those of their feeds. */
export async function wakeBehind(
  env: LedgeEnv,
  log: Log,
  database: D1Database,
  nowMs: number,
): Promise<void> {
  if (!env.SUBSCRIPTION && !env.GROUP) return;
  const found = await readHeads(database, Math.floor(nowMs / TICK_MS));
  for (let first = 0; first < found.length; first += WOKEN_AT_ONCE)
    await wake(env, log, found.slice(first, first + WOKEN_AT_ONCE));
}

async function wake(env: LedgeEnv, log: Log, sleeping: readonly Sleeping[]): Promise<void> {
  if (sleeping.length === 0) return;
  const failures: unknown[] = [];
  const calls = sleeping.map(async ({ tenant, id, head }) => {
    try {
      await readerStub(env, tenant, id).wake(head);
    } catch (error) {
      failures.push(error);
    }
  });
  const late = 'Not every subscription and group has answered in time.';
  await withDeadline(Promise.all(calls), WAIT_MS_MAX, late).catch((error: unknown) =>
    failures.push(error),
  );
  if (failures.length > 0) log('warn', { operation: 'subscription', error: failures[0] });
}
