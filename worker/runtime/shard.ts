/**
 * Which of a tenant's Live objects. By the client, not by the query: a client has one socket for all that it follows,
 * and each object runs every query that is followed at it once.
 */
import { createHash } from 'node:crypto';

export function shardOf(client: string, shards: number): number {
  return shards === 1 ? 0 : createHash('sha256').update(client).digest().readUInt32BE() % shards;
}
