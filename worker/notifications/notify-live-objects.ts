/**
 * Notifies Live objects of changes of the rows that they watch, after the commit and before the message is
 * acknowledged. An object that could not be notified is marked in D1 and notified by the cron: a failing Live object
 * delays no projection and misses no change.
 */

import type { LiveNotification, Watch } from '../../core/live/watch.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import type { Projector } from '../projector/projector.ts';
import { type DueWatch, markNotified, markPending, readDue } from './registrations.ts';

/** Our limit: an object answers at once, and one that does not delays the batch no longer than this. */
const WITHIN_MS = 3_000;

/** @throws D1's error when an object was neither notified nor marked; the message must then not be acknowledged */
export async function notifyWatchers(
  projector: Projector,
  notifications: readonly LiveNotification[],
): Promise<void> {
  const missed = await notify(projector, notifications);
  if (missed.length > 0) await markPending(projector.database, missed);
}

/** Notifies the objects of marked watches, of which nothing else is known. The cron notifies those that fail. */
export async function notifyDue(projector: Projector, watches: readonly DueWatch[]): Promise<void> {
  if (watches.length === 0) return;
  const missed = new Set<Watch>(await notify(projector, watches));
  const notified = watches.filter((watch) => !missed.has(watch));
  try {
    await markNotified(projector.database, notified);
  } catch (error) {
    // They are notified once more without effect.
    projector.log('warn', { operation: 'notify-live', error });
  }
}

/** Notifies the objects whose notification is pending, from the cron. */
export async function notifyPending(projector: Projector, limit: number): Promise<void> {
  await notifyDue(projector, await readDue(projector.database, limit));
}

/** Returns the notifications that did not reach their object. */
async function notify<Sent extends LiveNotification>(
  projector: Projector,
  notifications: readonly Sent[],
): Promise<Sent[]> {
  const objects = Map.groupBy(notifications, objectOf);
  const missed = await Promise.all(
    [...objects.values()].map((own) => notifyObject(projector, own)),
  );
  return missed.flat();
}

function objectOf({ tenant, shard }: Watch): string {
  return `${tenant}/${shard}`;
}

/** All notifications are for one object. */
async function notifyObject<Sent extends LiveNotification>(
  projector: Projector,
  notifications: readonly Sent[],
): Promise<readonly Sent[]> {
  try {
    const notified = notifyWithRetry(projector, notifications);
    await withDeadline(notified, WITHIN_MS, 'The Live object does not answer.');
    return [];
  } catch (error) {
    const [{ tenant, shard } = {}] = notifications;
    projector.log('warn', { operation: 'notify-live', tenant, shard, error });
    return notifications;
  }
}

/** The retry uses a new stub, because the object's restart may have broken the first one. */
async function notifyWithRetry(
  { notifyLiveObject }: Projector,
  notifications: readonly LiveNotification[],
): Promise<void> {
  const [first] = notifications;
  if (!first) return;
  const { tenant, shard } = first;
  const notify = () => notifyLiveObject(tenant, shard, notifications);
  await notify().catch(notify);
}
