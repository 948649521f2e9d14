/**
 * Which queues are Ledge's. An environment names its queues differently, so Ledge's are those of one name, alone or with
 * more behind a hyphen: `events`, `events-staging`, and the dead-letter queues of both.
 */
import { isQueueOf } from '../../core/protocol/deployment-names.ts';

const DEAD_SUFFIX = '-dead';

/** The queue that gets what another one gave up on is called after it. */
export function isDeadLetterQueue(queue: string): boolean {
  return queue.endsWith(DEAD_SUFFIX);
}

/**
 * Throws for a queue of the embedding app, so that the platform retries its messages: returning would acknowledge them.
 */
export function requireOwnQueue(queue: string, own: string): void {
  if (isQueueOf(own, queue)) return;
  throw new Error(
    `The queue ${queue} is none of Ledge's, which are ${own} and ${own}-…. If it is, name it: ledge(app, { queue: '${queue.replace(/-dead$/, '')}' }). If it is the app's own, dispatch by batch.queue before ledge's queue().`,
  );
}
