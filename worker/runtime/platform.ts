/**
 * What Ledge needs of the world: clock, ids, network, queues, database, log. Arguments of `ledge(app)`, so that tests and
 * benches put faults around the real platform; everyone else takes the defaults.
 */

import type { SpanName } from '../../core/operations/span.ts';
import { bucketAt, databaseAt } from './bound-databases.ts';
import type { LedgeEnv } from './env.ts';
import { eventQueues } from './event-queues.ts';
import { writeLine } from './log.ts';
import { idSource } from './new-id.ts';
import { oldestMessageMs } from './oldest-message.ts';
import type { WrittenAttributes } from './span-attributes.ts';
import type { LineWriter } from './written-line.ts';

/** What Ledge needs of the platform. A test replaces parts of it. */
export interface Platform {
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** The one way out to the network: to the issuers of JWTs, and to the targets of subscriptions. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** `queue` is the index of one of `eventQueues`: that of the message's stream. */
  readonly sendEvents: (env: LedgeEnv, message: string, queue: number) => Promise<unknown>;
  /** How many messages the queue has not delivered yet. */
  readonly backlog: (env: LedgeEnv, queue: number) => Promise<number>;
  /** The time of the oldest of them, in ms. Undefined where there is none, or the platform does not report it. */
  readonly oldestMessageMs: (env: LedgeEnv, queue: number) => Promise<number | undefined>;
  /** The one way to D1. `index`: that of one of `databases`, which a tenant's stream names. */
  readonly database: (env: LedgeEnv, index: number) => D1Database;
  /** The bucket with the older part of the database's journal; undefined where the Worker has none. */
  readonly bucket: (env: LedgeEnv, index: number) => R2Bucket | undefined;
  /** Runs the work in a span of the platform's tracing. */
  readonly span: <Result>(
    name: SpanName,
    attributes: () => WrittenAttributes,
    work: () => Result,
  ) => Result;
  /** Writes a line that holds nothing of a caller's; the line of an operation becomes one in `written-line.ts`. */
  readonly log: LineWriter;
}

const nowMs = () => Date.now();

export const cloudflare: Platform = {
  nowMs,
  newId: idSource(nowMs, (count) => crypto.getRandomValues(new Uint8Array(count))),
  fetch: (url, init) => fetch(url, init),
  sendEvents: (env, message, queue) => queueAt(env, queue).send(message, { contentType: 'text' }),
  backlog: async (env, queue) => (await queueAt(env, queue).metrics()).backlogCount,
  oldestMessageMs: async (env, queue) => oldestMessageMs(await queueAt(env, queue).metrics()),
  database: databaseAt,
  bucket: bucketAt,
  // `ledge` brings the platform's own: outside of its runtime there is none.
  span: (_name, _attributes, work) => work(),
  log: writeLine,
};

function queueAt(env: LedgeEnv, index: number): Queue<string> {
  const queue = eventQueues(env)[index];
  if (!queue) throw new RangeError(`There is no queue ${index + 1}.`);
  return queue;
}
