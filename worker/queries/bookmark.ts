/**
 * D1 bookmarks in the header `D1-Bookmark`: a client that returns the bookmark of the last response never sees older
 * data than before, whichever replica answers.
 */
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import type { SessionStart } from './run-reading.ts';

/**
 * As Cloudflare documents them: 00000085-0000024c-00004c6d-8e61117bf38d7adb71b934ebbf891683. Local D1 accepts any text;
 * the behaviour of the deployed one is not documented, so that other texts are refused here.
 */
const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/** A request with consistency tokens reads the primary, where the effects were written. */
export function sessionStart(headers: Headers): SessionStart | Failure {
  const bookmark = headers.get('d1-bookmark');
  if (bookmark !== null && !BOOKMARK.test(bookmark)) {
    return invalid('D1-Bookmark', 'Send the bookmark of an earlier answer, as it was.');
  }
  if (headers.has('consistent-with')) return 'first-primary';
  return bookmark ?? 'first-unconstrained';
}

export function withBookmark(response: Response, bookmark: string | null): Response {
  if (bookmark !== null) response.headers.set('d1-bookmark', bookmark);
  return response;
}
