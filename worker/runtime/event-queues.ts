/**
 * Which queue carries the events of a stream. Each queue has one consumer, and a batch that shares a stream with a
 * concurrent batch loses its race: so a stream has one queue. This is for speed alone; while the number of queues changes,
 * a stream is in two of them, and the compare-and-set of its checkpoint keeps the order.
 */
import { objectName } from '../../core/aggregate/stream.ts';
import { furtherQueues } from '../../core/protocol/deployment-names.ts';
import { queueShare } from '../../core/protocol/queue-share.ts';
import type { LedgeEnv } from './env.ts';
import { shardOf } from './shard.ts';

const FURTHER = furtherQueues('EVENTS');

/** All that are bound, the first of them `EVENTS`. One behind a gap is none: `ledge check` reports it. */
export function eventQueues(env: LedgeEnv): readonly Queue<string>[] {
  const queues = [env.EVENTS];
  for (const name of FURTHER) {
    const queue = env[name];
    if (!queue) break;
    queues.push(queue);
  }
  return queues;
}

/** A database among those of its deployment. */
export interface DatabasePlace {
  readonly index: number;
  /** How many there are. */
  readonly of: number;
}

/**
 * The index of the stream's queue: the first four bytes of the SHA-256 of `tenant/aggregate/id` as a number, modulo the
 * number of queues that its database has, behind those of the databases before. 0 is `EVENTS`, 1 is `EVENTS_2`.
 */
export function queueOf(
  env: LedgeEnv,
  { index: database, of: databases }: DatabasePlace,
  tenant: string,
  stream: string,
): number {
  const queues = eventQueues(env).length;
  const { first, count } = queueShare({ database, databases, queues });
  return first + shardOf(objectName(tenant, stream), count);
}
