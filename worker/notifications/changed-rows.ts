/**
 * Notifications of a commit: which rows of each watched projection it has changed. A batch of plans changes rows by
 * their keys alone; everything else that changes rows notifies without naming them.
 */

import type { LiveNotification, Watch } from '../../core/live/watch.ts';
import type { BatchPlan } from '../../core/plan/plan-batch.ts';
import { type Subscriber, tablesOf } from '../../core/plan/projection-version.ts';
import { rowId } from '../../core/projection/fold-changes.ts';
import { utf8Bytes } from '../../core/values/bytes.ts';
import { newestBookmark } from '../../core/values/newest-bookmark.ts';

/** Our limits on the rows that one notification names. Beyond them it names none, which concerns every row. */
const ROWS_MAX = 1_000;
const ROWS_BYTES_MAX = 32_000;

export interface WrittenPlan {
  /** As the batch has read them. */
  readonly watches: readonly Watch[];
  readonly bookmark: string | null;
}

/** The watches of projections whose rows the plan changes. */
export function notificationsOf(
  followers: readonly Subscriber[],
  { layers }: Pick<BatchPlan, 'layers'>,
  { watches, bookmark }: WrittenPlan,
): LiveNotification[] {
  if (watches.length === 0) return [];
  const projections = new Map(
    followers.flatMap((one) => tablesOf(one).map((table) => [table, one.name] as const)),
  );
  const changed = new Map<string, Set<string>>();
  for (const { tenant, change } of layers.flat()) {
    const key = rowsKey(tenant, projections.get(change.table) ?? '');
    changed.set(key, (changed.get(key) ?? new Set()).add(rowId(change)));
  }
  return watches.flatMap((watch) => {
    const rows = changed.get(rowsKey(watch.tenant, watch.projection));
    return rows ? [{ ...watch, ...within(rows), ...(bookmark !== null && { bookmark }) }] : [];
  });
}

/** The watches of projections that have lost values of forgotten subjects, in rows that are not named. */
export function notificationsOfForgetting(
  forgotten: readonly { readonly tenant: string }[],
  projections: readonly string[],
  { watches, bookmark }: WrittenPlan,
): LiveNotification[] {
  return watches
    .filter(
      ({ tenant, projection }) =>
        projections.includes(projection) && forgotten.some((one) => one.tenant === tenant),
    )
    .map((watch) => ({ ...watch, ...(bookmark !== null && { bookmark }) }));
}

function rowsKey(tenant: string, projection: string): string {
  return JSON.stringify([tenant, projection]);
}

function within(rows: ReadonlySet<string>): Pick<LiveNotification, 'rows'> {
  if (rows.size > ROWS_MAX) return {};
  const named = [...rows];
  const bytes = named.reduce((sum, row) => sum + utf8Bytes(row), 0);
  return bytes > ROWS_BYTES_MAX ? {} : { rows: named };
}

/** One notification for each watch, with the newest registration: one that names no rows concerns all of them. */
export function mergeNotifications(all: readonly LiveNotification[]): LiveNotification[] {
  const merged = new Map<string, LiveNotification>();
  for (const one of all) {
    const key = JSON.stringify([one.tenant, one.projection, one.shard]);
    const earlier = merged.get(key);
    merged.set(key, earlier ? mergedWith(earlier, one) : one);
  }
  return [...merged.values()];
}

function mergedWith(
  { rows: before, bookmark: older }: LiveNotification,
  { rows: after, bookmark: newer, ...watch }: LiveNotification,
): LiveNotification {
  return {
    ...watch,
    ...(before && after && within(new Set([...before, ...after]))),
    ...bookmarkOf(older, newer),
  };
}

/** None where one of the two is unknown. */
function bookmarkOf(older = '', newer = ''): Pick<LiveNotification, 'bookmark'> {
  const bookmark = older && newer && newestBookmark([older, newer]);
  return bookmark ? { bookmark } : {};
}
