/** Compares the journal with the objects' logs, event by event, a page at a time. */

import type {
  VerifiedPage as AnsweredPage,
  Difference,
} from '../../core/operator-shapes/verification.ts';
import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import { canonicalJson } from '../../core/values/json.ts';
import { readJournal } from '../journal/read-journal.ts';
import { streamKey } from '../projections/positions.ts';
import type { Projector } from '../projector/projector.ts';

const LOG_PAGE_EVENTS = 1_000;

/** Without incidents, which are not in the journal. */
export type JournalVerification = Omit<AnsweredPage, 'undelivered'>;

/**
 * Streams whose number of events in the journal differs from their checkpoint; read at the end of the walk, from all
 * pages.
 */
const MISCOUNTED = `
  SELECT stream, checkpoint.version FROM checkpoint
  LEFT JOIN (SELECT stream, count(DISTINCT version) AS events FROM journal WHERE tenant = ?1 GROUP BY stream)
    AS counted USING (stream)
  WHERE tenant = ?1 AND projection = '' AND coalesce(events, 0) <> checkpoint.version
  LIMIT 1000`;

export async function verifyJournal(
  projector: Projector,
  tenant: string,
  after: number,
  limit: number,
): Promise<JournalVerification> {
  const { events, head, missing } = await readJournal(projector.database, after, limit);
  if (missing !== undefined && events.length === 0) return pastTheHole(projector, missing, head);
  const own = Map.groupBy(
    events.filter((event) => event.tenant === tenant),
    streamKey,
  );
  const differences = await Promise.all(
    [...own.values()].map((stream) => compareStream(projector, stream)),
  );
  const last = events.at(-1)?.position ?? head;
  const done = last >= head;
  return {
    checked: [...own.values()].reduce((sum, stream) => sum + stream.length, 0),
    differences: [...differences.flat(), ...(done ? await miscounted(projector, tenant) : [])],
    after: last,
    done,
  };
}

const NEXT_POSITION = 'SELECT min(first) AS next FROM journal_page WHERE first > ?';

/** No code deletes a position: a missing one is a difference, and the comparison continues after it. */
async function pastTheHole(
  { database }: Projector,
  missing: number,
  head: number,
): Promise<JournalVerification> {
  const found = await database
    .prepare(NEXT_POSITION)
    .bind(missing)
    .first<{ next: number | null }>();
  const after = (found?.next ?? head) - 1;
  const difference = {
    position: missing,
    stream: '',
    version: 0,
    what: 'a missing position' as const,
  };
  return { checked: 0, differences: [difference], after, done: false };
}

async function miscounted({ database }: Projector, tenant: string): Promise<Difference[]> {
  const { results } = await database
    .prepare(MISCOUNTED)
    .bind(tenant)
    .all<Pick<Difference, 'stream' | 'version'>>();
  return results.map((row) => ({ ...row, position: 0, what: 'missing from the journal' }));
}

/** Compares the page's events of one stream, in the journal's order, with the log. */
async function compareStream(
  { readStream }: Projector,
  journalled: readonly JournalEvent[],
): Promise<Difference[]> {
  const [first] = journalled;
  if (!first) return [];
  const { tenant, stream } = first;
  const versions = journalled.map(({ version }) => version);
  const highest = Math.max(...versions);
  const wanted = new Set(versions);
  const log = new Map<number, string>();
  for (let after = Math.min(...versions) - 1; after < highest; ) {
    const limit = Math.min(LOG_PAGE_EVENTS, highest - after);
    const events = await readStream(tenant, stream, after, limit);
    for (const event of events) {
      if (wanted.has(event.version)) log.set(event.version, canonicalJson(event));
    }
    after = events.at(-1)?.version ?? highest;
  }
  let newest = 0;
  return journalled.flatMap((event) => {
    const what = differenceOf(event, log.get(event.version), newest);
    newest = Math.max(newest, event.version);
    const { position, version } = event;
    return what ? [{ position, stream, version, what }] : [];
  });
}

function differenceOf(
  { position: _position, ...event }: JournalEvent,
  logged: string | undefined,
  newest: number,
): Difference['what'] | undefined {
  if (logged === undefined) return 'not in the log';
  if (logged !== canonicalJson(event)) return 'differs from the log';
  return event.version > newest ? undefined : 'out of order in the journal';
}
