/**
 * Which routes are audited: all that change something and need more than a caller, and those that show an operator what
 * callers have sent.
 */
import { needOf } from './need.ts';

/** They read, and are sent with POST because their input is large. */
const READING: readonly string[] = [
  '/v1/verify',
  '/v1/verify/checkpoints',
  '/v1/restore/state',
  '/v1/restore/streams',
  '/v1/restore/newer-streams',
];

/** Reads of content. Counts, lists and states of the machinery show none. */
const SHOWING: readonly string[] = ['/v1/dead-letters/:id'];

const UNAUDITED_NEEDS: readonly unknown[] = ['public', 'inbound', 'principal', 'caller', undefined];

/** `path`: an address below the base path, or a route's pattern. */
export function isAudited(method: string, path: string): boolean {
  if (['GET', 'HEAD'].includes(method) || READING.includes(path)) return false;
  return !UNAUDITED_NEEDS.includes(needOf(path));
}

/** Its route records what it shows, once it has found it. */
export function isAuditedRead(method: string, pattern: string): boolean {
  return ['GET', 'HEAD'].includes(method) && SHOWING.includes(pattern);
}
