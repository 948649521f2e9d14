/**
 * Spreads names evenly over shards: streams over queues, clients of a tenant over its Live objects. Those by the client,
 * not by the query: a client has one socket for all that it follows, and each object runs every query that is followed
 * at it once.
 */
import { createHash } from 'node:crypto';

export function shardOf(name: string, shards: number): number {
  return shards === 1 ? 0 : createHash('sha256').update(name).digest().readUInt32BE() % shards;
}
