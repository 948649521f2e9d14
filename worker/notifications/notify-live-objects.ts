/**
 * Notifies Live objects that rows which they watch have changed. Called after a commit, before anything is
 * acknowledged. An object that could not be notified is marked in D1, and notified by the cron: a Live object in
 * trouble holds up no projection, and misses nothing.
 */

import { errorText } from '../../core/failures/error-text.ts';
import type { Watch } from '../../core/live/watch.ts';
import { withDeadline } from '../../durable-objects/with-deadline.ts';
import type { Projector } from '../projector/projector.ts';
import { type DueWatch, markNotified, markPending, readDue } from './registrations.ts';

/** Ours. An object answers at once; one that does not holds up the batch no longer than this. */
const WITHIN_MS = 3_000;

/** @throws what D1 says when an object was not notified and could not be marked: then nothing must be acknowledged */
export async function notifyWatchers(
  projector: Projector,
  watches: readonly Watch[],
): Promise<void> {
  const missed = await notify(projector, watches);
  if (missed.length > 0) await markPending(projector.database, missed);
}

/** For watches that are marked: what cannot be done now is done by the cron. */
export async function notifyDue(projector: Projector, watches: readonly DueWatch[]): Promise<void> {
  if (watches.length === 0) return;
  const missed = new Set<Watch>(await notify(projector, watches));
  const notified = watches.filter((watch) => !missed.has(watch));
  try {
    await markNotified(projector.database, notified);
  } catch (error) {
    // They are notified once more, for nothing.
    projector.log('warn', { operation: 'notify-live', error: errorText(error) });
  }
}

/** Called by the cron. */
export async function notifyPending(projector: Projector, limit: number): Promise<void> {
  await notifyDue(projector, await readDue(projector.database, limit));
}

/** Answers those that it did not reach. */
async function notify<Registered extends Watch>(
  projector: Projector,
  watches: readonly Registered[],
): Promise<Registered[]> {
  const objects = Map.groupBy(watches, objectOf);
  const missed = await Promise.all(
    [...objects.values()].map((own) => notifyObject(projector, own)),
  );
  return missed.flat();
}

function objectOf({ tenant, shard }: Watch): string {
  return `${tenant}/${shard}`;
}

/** All of them are of one object. */
async function notifyObject<Registered extends Watch>(
  projector: Projector,
  watches: readonly Registered[],
): Promise<readonly Registered[]> {
  try {
    const notified = notifyWithRetry(projector, watches);
    await withDeadline(notified, WITHIN_MS, 'The Live object does not answer.');
    return [];
  } catch (error) {
    const [object] = watches.map(objectOf);
    projector.log('warn', { operation: 'notify-live', object, error: errorText(error) });
    return watches;
  }
}

/** By a new stub: the first one may be broken by the object's restart. */
async function notifyWithRetry(
  { notifyLiveObject }: Projector,
  watches: readonly Watch[],
): Promise<void> {
  const [first] = watches;
  if (!first) return;
  const { tenant, shard } = first;
  const notify = () => notifyLiveObject(tenant, shard, watches);
  await notify().catch(notify);
}
