/** The names of Ledge's bindings and of its queue, which a Worker may replace by its own. */

import { type RateBinding, rateBindings } from './rate-limits.ts';

/** Objects, the queue, D1, and those that a Worker may lack. */
export const bindingNames = [
  'AGGREGATE',
  'HEALTH',
  'LIVE',
  'REBUILD',
  'EVENTS',
  'DB',
  'ASSETS',
  ...rateBindings,
] as const;

export type BindingName = (typeof bindingNames)[number];

/** Without the assets there are no pages, and without a rate limit its requests are not limited. */
export function isOptionalBinding(name: string): name is 'ASSETS' | RateBinding {
  return name === 'ASSETS' || rateBindings.some((rate) => rate === name);
}

export const DEFAULT_QUEUE = 'events';

/** An environment names its queues differently: with more after a hyphen, `events-staging`, `events-dead`. */
export function isQueueOf(own: string, queue: string): boolean {
  return queue === own || queue.startsWith(`${own}-`);
}
