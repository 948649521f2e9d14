/** Where a reader of a feed begins, as it was asked for. */
import { type Failure, invalid } from '../../../core/aggregate/outcome.ts';
import { JOURNAL_START, type JournalPosition } from '../../../core/plan/journal-position.ts';
import type { Publication } from '../../../core/publication/publication.ts';
import { parseTime } from '../../../core/values/time.ts';
import type { ShownPositions } from '../../access/sealed-positions.ts';
import { readFeedEnd } from './feed-end.ts';
import { positionAtTime } from './position-at-time.ts';
import type { Feed } from './read-publication.ts';

/** `from`: `now`, `beginning`, a time that has passed, or a position as it was shown. */
export async function startPosition(
  database: D1Database,
  feed: Feed,
  from: string,
  shown: ShownPositions,
  nowMs: number,
): Promise<JournalPosition | Failure> {
  if (from === 'beginning') return JOURNAL_START;
  if (from === 'now') return readFeedEnd(database, feed);
  const timeMs = parseTime(from);
  if (timeMs === undefined)
    return shown.parse(from) ?? invalid('/from', 'Send a position as it was answered.');
  if (timeMs > nowMs) return invalid('/from', 'This time has not come yet.');
  return positionAtTime(database, feed, timeMs);
}

/** Refuses types that a publication does not have. */
export function unknownType(
  { events }: Publication,
  types: readonly string[] | undefined,
): Failure | undefined {
  const wrong = types?.findIndex((type) => !Object.hasOwn(events, type)) ?? -1;
  if (wrong < 0) return undefined;
  const there = Object.keys(events).join(', ');
  return invalid(`/types/${wrong}`, `The publication has no such type. There are: ${there}.`);
}
