/** The names of Ledge's bindings and of its queues, which a Worker may replace by its own. */

import { rateBindings } from './rate-limits.ts';

/** Objects, the first queue, D1, and those that a Worker may lack. */
export const bindingNames = [
  'AGGREGATE',
  'HEALTH',
  'LIVE',
  'REBUILD',
  'EVENTS',
  'DB',
  'ASSETS',
  'JOURNAL',
  ...rateBindings,
] as const;

export type BindingName = (typeof bindingNames)[number];

export const DEFAULT_QUEUE = 'events';

/** Ours: sixteen queues take 80,000 messages a second, more than the database behind them. */
export const QUEUES_MAX = 16;

/**
 * The bindings of the queues after the first, named after it: `EVENTS_2` to `EVENTS_16`. Those that a Worker has, without
 * a gap, are the queues that its streams are spread over.
 */
export function furtherQueues<First extends string>(first: First): `${First}_${number}`[] {
  return Array.from({ length: QUEUES_MAX - 1 }, (_, index) => `${first}_${index + 2}` as const);
}

const optionalBindings = new Set<string>([
  ...['ASSETS', 'JOURNAL'],
  ...rateBindings,
  ...furtherQueues('EVENTS'),
]);

/**
 * One queue is enough; without the assets there are no pages, without a rate limit its requests are not limited, without
 * a bucket the whole journal stays in D1.
 */
export function isOptionalBinding(name: string): boolean {
  return optionalBindings.has(name);
}

/** More follows a hyphen: a further queue, an environment, the dead-letter queue; `events-2`, `events-staging-dead`. */
export function isQueueOf(own: string, queue: string): boolean {
  return queue === own || queue.startsWith(`${own}-`);
}
