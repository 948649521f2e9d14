/**
 * D1 bookmarks in the header `D1-Bookmark`: a client that returns the bookmarks of its last responses never sees older
 * data than before, whichever replica answers.
 */
import { type Failure, invalid } from '../../core/aggregate/outcome.ts';
import { BOOKMARKS_MAX } from '../../core/live/live-limits.ts';
import { newestBookmark } from '../../core/values/newest-bookmark.ts';
import type { ShownBookmarks } from '../access/sealed-bookmarks.ts';
import type { SessionStart } from './run-reading.ts';

/** A request with consistency tokens reads the primary, where the effects were written. */
export function sessionStart(headers: Headers, shown: ShownBookmarks): SessionStart | Failure {
  const texts = headers.get('d1-bookmark')?.split(',') ?? [];
  const starts = texts.map((text) => shown.startOf(text.trim()));
  if (texts.length > BOOKMARKS_MAX || starts.includes(undefined)) {
    return invalid('D1-Bookmark', 'Send the bookmarks of earlier answers, as they were.');
  }
  if (headers.has('consistent-with') || starts.includes('first-primary')) return 'first-primary';
  return newestBookmark(starts.filter((start) => start !== undefined)) ?? 'first-unconstrained';
}

export function withBookmark(
  response: Response,
  bookmark: string | null,
  shown: ShownBookmarks,
): Response {
  const text = bookmark === null ? undefined : shown.of(bookmark);
  if (text !== undefined) response.headers.set('d1-bookmark', text);
  return response;
}
