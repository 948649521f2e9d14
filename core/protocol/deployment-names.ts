/** The names of Ledge's bindings and of its queue, which a Worker may replace by its own. */

/** Objects, the queue, D1 and, if there are pages, the assets. */
export const bindingNames = [
  'AGGREGATE',
  'HEALTH',
  'LIVE',
  'REBUILD',
  'EVENTS',
  'DB',
  'ASSETS',
] as const;

export type BindingName = (typeof bindingNames)[number];

export const DEFAULT_QUEUE = 'events';

/** An environment names its queues differently: with more after a hyphen, `events-staging`, `events-dead`. */
export function isQueueOf(own: string, queue: string): boolean {
  return queue === own || queue.startsWith(`${own}-`);
}
