/** The names of Ledge's bindings and of its queues, which a Worker may replace by its own. */

import { rateBindings } from './rate-limits.ts';

/** Objects, the first queue, the first database of D1, and those that a Worker may lack. */
export const bindingNames = [
  'AGGREGATE',
  'HEALTH',
  'LIVE',
  'REBUILD',
  'SUBSCRIPTION',
  'GROUP',
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
  return furtherNames(first, QUEUES_MAX);
}

/** Ours: each has its own builds, and the cron does its work for each of them. */
export const DATABASES_MAX = 16;

/**
 * The bindings of the databases after the first, named after it: `DB_2` to `DB_16`. Those that a Worker has, without a
 * gap, are the databases that its tenants may live in.
 */
export function furtherDatabases<First extends string>(first: First): `${First}_${number}`[] {
  return furtherNames(first, DATABASES_MAX);
}

/** The bindings of the buckets of further databases: `JOURNAL_2` is that of `DB_2`. Each may be left out. */
export function furtherBuckets<First extends string>(first: First): `${First}_${number}`[] {
  return furtherNames(first, DATABASES_MAX);
}

function furtherNames<First extends string>(first: First, max: number): `${First}_${number}`[] {
  return Array.from({ length: max - 1 }, (_, index) => `${first}_${index + 2}` as const);
}

/** The database of Ledge's own tenant, and of every tenant that names no other one. */
export const FIRST_DATABASE = 'DB';

/** In their order: the index of a database in it is that of its binding. */
export const databaseNames: readonly string[] = [
  FIRST_DATABASE,
  ...furtherDatabases(FIRST_DATABASE),
];

/**
 * The name of something that each database has, a projection's builds or a step of the cron. Those of the first database
 * have theirs alone, as where there is no other one.
 *
 * @example nameIn('DB_2', 'orders') // 'DB_2/orders'
 */
export function nameIn(database: string, name: string): string {
  return database === FIRST_DATABASE ? name : `${database}/${name}`;
}

/** The inverse of `nameIn`. */
export function namedIn(text: string): { readonly database: string; readonly name: string } {
  const [database = '', name] = text.split('/');
  return name === undefined ? { database: FIRST_DATABASE, name: text } : { database, name };
}

const optionalBindings = new Set<string>([
  ...['ASSETS', 'JOURNAL', 'SUBSCRIPTION', 'GROUP'],
  ...rateBindings,
  ...furtherQueues('EVENTS'),
  ...furtherDatabases(FIRST_DATABASE),
  ...furtherBuckets('JOURNAL'),
]);

/** Whether a binding is one of Ledge's own, by its name for it. */
export function isOwnBinding(name: string): boolean {
  return bindingNames.some((own) => own === name) || optionalBindings.has(name);
}

/**
 * One queue is enough, and one database; without the assets there are no pages, without a rate limit its requests are not limited, without
 * a bucket the whole journal stays in D1, without
 * objects of subscriptions or of consumer groups there are none.
 */
export function isOptionalBinding(name: string): boolean {
  return optionalBindings.has(name);
}

/** More follows a hyphen: a further queue, an environment, the dead-letter queue; `events-2`, `events-staging-dead`. */
export function isQueueOf(own: string, queue: string): boolean {
  return queue === own || queue.startsWith(`${own}-`);
}
