/** Compares the journal with the objects' logs, event by event, a page at a time. Called by the operations route. */
import type { JournalEvent } from '../../core/build.ts';
import { canonicalJson } from '../../core/json.ts';
import { readJournal } from '../projector/journal.ts';
import { streamKey } from '../projector/positions.ts';
import type { Projector } from '../projector/projector.ts';

export interface Difference {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly what: 'not in the log' | 'differs from the log' | 'out of order in the journal';
}

export interface VerifiedPage {
  readonly checked: number;
  readonly differences: readonly Difference[];
  /** The position to go on after. */
  readonly after: number;
  readonly done: boolean;
}

export async function verifyJournal(
  projector: Projector,
  tenant: string,
  after: number,
  limit: number,
): Promise<VerifiedPage> {
  const { events, head } = await readJournal(projector.database, after, limit);
  const own = Map.groupBy(
    events.filter((event) => event.tenant === tenant),
    streamKey,
  );
  const differences = await Promise.all(
    [...own.values()].map((stream) => compareStream(projector, stream)),
  );
  const last = events.at(-1)?.position ?? head;
  return {
    checked: [...own.values()].reduce((sum, stream) => sum + stream.length, 0),
    differences: differences.flat(),
    after: last,
    done: last >= head,
  };
}

/** What the page has of one stream, in the journal's order, against the log. */
async function compareStream(
  { readStream }: Projector,
  journalled: readonly JournalEvent[],
): Promise<Difference[]> {
  const [first] = journalled;
  if (!first) return [];
  const { tenant, stream } = first;
  const lowest = Math.min(...journalled.map(({ version }) => version));
  const log = new Map<number, string>();
  for (let after = lowest - 1, rest = journalled.length; rest > 0; ) {
    const events = await readStream(tenant, stream, after, rest);
    if (events.length === 0) break;
    for (const event of events) log.set(event.version, canonicalJson(event));
    after += events.length;
    rest -= events.length;
  }
  return journalled.flatMap((event, index) => {
    const what = differenceOf(event, log.get(event.version), first.version + index);
    const { position, version } = event;
    return what ? [{ position, stream, version, what }] : [];
  });
}

function differenceOf(
  { position: _position, ...event }: JournalEvent,
  logged: string | undefined,
  expectedVersion: number,
): Difference['what'] | undefined {
  if (logged === undefined) return 'not in the log';
  if (logged !== canonicalJson(event)) return 'differs from the log';
  return event.version === expectedVersion ? undefined : 'out of order in the journal';
}
