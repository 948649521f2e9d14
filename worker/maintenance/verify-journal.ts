/**
 * Compares the journal with the objects' logs, event by event, a page at a time. A page says which versions of each
 * stream it has: whether a stream continues from page to page, and up to its checkpoint, is for the walk over all pages.
 */

import type {
  VerifiedPage as AnsweredPage,
  Difference,
  VerifiedStream,
} from '../../core/operator-shapes/verification.ts';
import { JOURNAL_START, type JournalPosition } from '../../core/plan/journal-position.ts';
import type { JournalEvent } from '../../core/plan/plan-catch-up.ts';
import { firstWithinBytes, PAGE_BYTES_MAX, valueBytes } from '../../core/values/bytes.ts';
import { canonicalJson } from '../../core/values/json.ts';
import type { ShownPositions } from '../access/sealed-positions.ts';
import { type JournalRead, nextPosition, readJournal } from '../journal/read-journal.ts';
import { DamagedSegment } from '../journal/segment-object.ts';
import { streamKey } from '../projections/positions.ts';
import type { Projector } from '../projector/projector.ts';

const LOG_PAGE_EVENTS = 1_000;

/** The events of one read, and the reads of one page at most: ours, a second or two of D1. */
const READ_EVENTS = 1_000;
const READS_MAX = 100;

export interface VerifyInput {
  readonly after: JournalPosition;
  readonly limit: number;
  /** As the caller is shown positions. */
  readonly shown: ShownPositions;
}

type FoundDifference = Omit<Difference, 'position'> & { readonly position: number };

/** Without incidents, which are not in the journal. */
export type JournalVerification = Omit<AnsweredPage, 'undelivered'>;

/**
 * A page holds as many events of the tenant as it would hold without those of others, and `done` where the tenant has no
 * more: neither shows what others write.
 */
export async function verifyJournal(
  projector: Projector,
  tenant: string,
  input: VerifyInput,
): Promise<JournalVerification> {
  const { events, at, isEnd, missing } = await readOwnEvents(projector, tenant, input);
  if (missing !== undefined && events.length === 0) return pastTheHole(projector, missing, input);
  const page = firstWithinBytes(events.slice(0, input.limit), (event) => valueBytes(event));
  const last = page.length < events.length ? page.at(-1) : undefined;
  const done = isEnd && !last;
  const streams = [...Map.groupBy(page, streamKey).values()];
  const compared = await Promise.all(streams.map((stream) => compareStream(projector, stream)));
  await Promise.all(
    streams.map((stream, index) => confirmLost(projector, stream, compared[index]?.found)),
  );
  const { shown } = input;
  return {
    checked: page.length,
    differences: compared.flatMap(({ found }) => found).map(shownIn(input)),
    streams: compared.flatMap(({ versions }) => versions),
    after: last ? shown.of(placeOf(last.position)) : shown.examined(placeOf(at)),
    done,
  };
}

interface OwnEvents {
  /** More than a page holds where there are more. */
  readonly events: readonly JournalEvent[];
  readonly at: number;
  readonly isEnd: boolean;
  readonly missing?: number | undefined;
}

async function readOwnEvents(
  projector: Projector,
  tenant: string,
  { after, limit }: VerifyInput,
): Promise<OwnEvents> {
  const events: JournalEvent[] = [];
  let at = after.position;
  let bytes = 0;
  for (let reads = 0; reads < READS_MAX; reads++) {
    const { events: read, head, missing } = await readOrMissing(projector, at);
    const own = read.filter((event) => event.tenant === tenant);
    events.push(...own);
    bytes += valueBytes(own);
    at = read.at(-1)?.position ?? at;
    const isEnd = at >= head;
    const isFull = events.length > limit || bytes > PAGE_BYTES_MAX;
    if (isEnd || isFull || missing !== undefined) return { events, at, isEnd, missing };
  }
  return { events, at, isEnd: false };
}

/** A segment that cannot be read is logged with its object, and its positions are missing. */
async function readOrMissing(
  projector: Projector,
  after: number,
): Promise<Pick<JournalRead, 'events' | 'head' | 'missing'>> {
  try {
    return await readJournal(projector, after, READ_EVENTS);
  } catch (error) {
    if (!(error instanceof DamagedSegment)) throw error;
    projector.log('error', { operation: 'journal', error });
    return { events: [], head: Infinity, missing: after + 1 };
  }
}

/** Positions of a verification name a place and no row: what it compares does not depend on the row before. */
function placeOf(position: number): JournalPosition {
  return { ...JOURNAL_START, position };
}

function shownIn({ shown }: VerifyInput) {
  return ({ position, ...difference }: FoundDifference): Difference => {
    return { position: shown.of(placeOf(position)), ...difference };
  };
}

/** No code deletes a position: a missing one is a difference, and the comparison continues after it. */
async function pastTheHole(
  projector: Projector,
  missing: number,
  input: VerifyInput,
): Promise<JournalVerification> {
  const next = (await nextPosition(projector, missing)) ?? missing + 1;
  const hole = { position: missing, stream: '', version: 0, what: 'a missing position' as const };
  const after = input.shown.of(placeOf(next - 1));
  return { checked: 0, differences: [shownIn(input)(hole)], streams: [], after, done: false };
}

interface ComparedStream {
  readonly found: readonly FoundDifference[];
  /** None if the log has none of its events. */
  readonly versions: readonly VerifiedStream[];
}

/** An object that lacks events of the journal was restored to an earlier time: it reports that, and takes them back. */
async function confirmLost(
  projector: Projector,
  [first]: readonly JournalEvent[],
  found: readonly FoundDifference[] = [],
): Promise<void> {
  const lost = found.filter(({ what }) => what === 'not in the log');
  if (!first || lost.length === 0) return;
  const { tenant, stream } = first;
  await projector
    .confirm(tenant, stream, Math.max(...lost.map(({ version }) => version)))
    .catch((error: unknown) =>
      projector.log('error', { operation: 'sweep', tenant, stream, error }),
    );
}

/** Compares the page's events of one stream, in the journal's order, with the log. */
async function compareStream(
  { readStream }: Projector,
  journalled: readonly JournalEvent[],
): Promise<ComparedStream> {
  const [first] = journalled;
  if (!first) return { found: [], versions: [] };
  const { tenant, stream } = first;
  const versions = journalled.map(({ version }) => version);
  const highest = Math.max(...versions);
  const wanted = new Set(versions);
  const log = new Map<number, string>();
  for (let after = Math.min(...versions) - 1; after < highest; ) {
    const limit = Math.min(LOG_PAGE_EVENTS, highest - after);
    const events = await readStream(tenant, stream, { after, limit });
    for (const event of events) {
      if (wanted.has(event.version)) log.set(event.version, canonicalJson(event));
    }
    after = events.at(-1)?.version ?? highest;
  }
  return inOrder(stream, journalled, log);
}

function inOrder(
  stream: string,
  journalled: readonly JournalEvent[],
  log: ReadonlyMap<number, string>,
): ComparedStream {
  const found: FoundDifference[] = [];
  let first: number | undefined;
  let newest = 0;
  for (const event of journalled) {
    const { position, version } = event;
    const what = differenceOf(event, log.get(version), newest);
    if (what) found.push({ position, stream, version, what });
    if (what === 'not in the log') continue;
    if (first !== undefined && version > newest + 1)
      found.push({ position, stream, version: newest + 1, what: 'missing from the journal' });
    first ??= version;
    newest = Math.max(newest, version);
  }
  return { found, versions: first === undefined ? [] : [{ stream, first, last: newest }] };
}

function differenceOf(
  { position: _position, ...event }: JournalEvent,
  logged: string | undefined,
  newest: number,
): FoundDifference['what'] | undefined {
  if (logged === undefined) return 'not in the log';
  if (logged !== canonicalJson(event)) return 'differs from the log';
  return event.version > newest ? undefined : 'out of order in the journal';
}
