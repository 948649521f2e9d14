/** What an object that was restored to an earlier time reads of D1: how far the journal has its stream, and its events. */
import type { App } from '../../core/app.ts';
import { KnownFault } from '../../core/failures/known-fault.ts';
import type { JournalEnd, StreamJournalPage } from '../../durable-objects/index.ts';
import type { JournalStore } from '../journal/journal-store.ts';
import { READ_HEAD } from '../journal/page-sql.ts';
import { readJournal } from '../journal/read-journal.ts';
import { readPositions } from '../projections/positions.ts';
import { settledIn } from '../projections/settled-version.ts';

interface StreamId {
  readonly tenant: string;
  readonly stream: string;
}

/** Of the primary. The journal is looked at last, so that it has all events of the version. */
export async function journalEnd(
  app: App,
  database: D1Database,
  stream: StreamId,
): Promise<JournalEnd> {
  const { set, positions } = await readPositions(database, [stream]);
  const [position] = positions;
  const found = await database
    .withSession('first-primary')
    .prepare(READ_HEAD)
    .first<{ head: number }>();
  const settled = position ? settledIn(app, set, position) : 0;
  return { version: position?.version ?? 0, settled, position: found?.head ?? 0 };
}

/** @throws where a position is missing */
export async function readStreamJournal(
  journal: JournalStore,
  { tenant, stream }: StreamId,
  after: number,
  limit: number,
): Promise<StreamJournalPage> {
  const { events } = await readJournal(journal, after, limit);
  const upTo = events.at(-1)?.position;
  if (upTo === undefined) throw new KnownFault('A position is missing from the journal.');
  return { events: events.filter((one) => one.tenant === tenant && one.stream === stream), upTo };
}
