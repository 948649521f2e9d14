/** Which routes are audited: all that change something and need more than a caller. */
import { needOf } from './need.ts';

/** They read, and are sent with POST because their input is large. */
const READING: readonly string[] = [
  '/v1/verify',
  '/v1/restore/state',
  '/v1/restore/streams',
  '/v1/restore/newer-streams',
];

const UNAUDITED_NEEDS: readonly unknown[] = ['public', 'principal', 'caller', undefined];

/** `path`: an address below the base path, or a route's pattern. */
export function isAudited(method: string, path: string): boolean {
  if (['GET', 'HEAD'].includes(method) || READING.includes(path)) return false;
  return !UNAUDITED_NEEDS.includes(needOf(path));
}
