/**
 * Which queues carry the events of a database: each has a share of its own, so that a database that is down holds up no
 * messages for another one.
 */

/** Queues that follow each other, by their indexes: 0 is `EVENTS`, 1 is `EVENTS_2`. */
export interface QueueShare {
  readonly first: number;
  readonly count: number;
}

/**
 * With q queues and d databases, database i, from 0, has the queues i*(q/d) to (i+1)*(q/d)-1. Where q is no multiple of d
 * all databases share all queues: which queue a stream has is for speed alone.
 *
 * @example queueShare({ database: 1, databases: 2, queues: 4 }) // { first: 2, count: 2 }
 */
export function queueShare({
  database,
  databases,
  queues,
}: {
  readonly database: number;
  readonly databases: number;
  readonly queues: number;
}): QueueShare {
  if (queues % databases !== 0) return { first: 0, count: queues };
  const count = queues / databases;
  return { first: database * count, count };
}
