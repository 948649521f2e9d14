/**
 * The feed of a publication for one tenant: the public events after a position, with long polling if there are none. A
 * reader that continues from the returned position misses nothing.
 */

import type { Failure } from '../../../core/aggregate/outcome.ts';
import type { JournalPosition } from '../../../core/plan/journal-position.ts';
import type { ShownPositions } from '../../access/sealed-positions.ts';
import { feedFailure } from '../../queries/feed-failure.ts';
import type { Hole, RestoredJournal } from '../../queries/journal-page.ts';
import { pollWhile } from '../../queries/long-poll.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { type CloudEvent, cloudEvent } from './cloud-event.ts';
import { type Feed, type PublicationPage, readPublicationPage } from './read-publication.ts';

export interface PublicationInput {
  readonly after: JournalPosition;
  readonly limit: number;
  readonly type?: readonly string[];
  /** Seconds. */
  readonly wait: number;
  /** As the caller is shown positions. */
  readonly shown: ShownPositions;
  /** The address under which the API is served. */
  readonly root: string;
}

export interface PublicationAnswer {
  readonly events: readonly CloudEvent[];
  /** The position from which to continue. */
  readonly after: string;
}

/** `gone` aborts when the caller has disconnected. */
export async function publicationFeed(
  { nowMs, log }: Machinery['platform'],
  database: D1Database,
  feed: Feed,
  input: PublicationInput,
  gone: AbortSignal,
): Promise<PublicationAnswer | Failure> {
  const { limit, type, shown, root } = input;
  const read = (after: JournalPosition) => readPublicationPage(database, feed, after, limit, type);
  const page = await pollWhile(
    { nowMs, seconds: input.wait, gone },
    () => read(input.after),
    isQuiet,
    ({ after }) => read(after),
  );
  if (!('events' in page))
    return feedFailure('a position of a publication is missing', page, shown, log);
  const { events, after } = page;
  return {
    events: events.map((event) => {
      const { position, tag } = event;
      return cloudEvent(event, shown.of({ epoch: after.epoch, position, tag }), root);
    }),
    after: shown.of(after),
  };
}

function isQuiet(page: PublicationPage | RestoredJournal | Hole): page is PublicationPage {
  return 'events' in page && page.events.length === 0 && page.isEnd;
}
