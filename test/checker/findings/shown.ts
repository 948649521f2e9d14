/** AC3, EN3: a row, a state, an event or a frame reached a reader whose credential did not let it see that, or no more. */
import { parseStreamName } from '../../../core/aggregate/stream.ts';
import { type Finding, findingsOf } from '../finding.ts';
import type { History, Operation } from '../history.ts';
import { credentialOf, isGranted, isWithin, type KnownCredential } from '../known-credential.ts';
import { isPossiblyGranted } from '../stream-states.ts';
import { placeOf, type World } from '../world.ts';

const shown = findingsOf('shown');

type Read = History['state' | 'events' | 'rows' | 'follow' | 'frame'][number];

export function findShown(world: World): Finding[] {
  const { state, events, rows, follow, frame } = world.history;
  const reads: readonly Read[] = [...state, ...events, ...rows, ...follow, ...frame];
  return [
    ...reads.flatMap((read) => {
      const by = credentialOf(world.credentials, read.wanted);
      return by && read.answer
        ? [...late(read, by), ...closed(world, read), ...foreign(world, read, by)]
        : [];
    }),
    ...removedUnseen(frame),
  ];
}

function closed({ suspendedTimes }: World, read: Read): Finding[] {
  const isClosed = suspendedTimes.some((time) => time.mode === 'closed' && isWithin(time, read));
  return isClosed
    ? [shown(subjectOf(read), `${read.process} was answered in a closed tenant.`)]
    : [];
}

/** A request that began after the end; a frame that was sent after it. */
function late(read: Read, { endsAtMs }: KnownCredential): Finding[] {
  const atMs = read.answer && 'sentAtMs' in read.answer ? read.answer.sentAtMs : read.invokedAtMs;
  if (atMs <= endsAtMs) return [];
  const detail = `${read.process} was answered ${Math.ceil(atMs - endsAtMs)} ms after the end of its credential.`;
  return [shown(subjectOf(read), detail)];
}

function foreign(world: World, read: Read, by: KnownCredential): Finding[] {
  return foreignParts(world, read, by).map((part) => {
    return shown(subjectOf(read), `${read.process} was shown ${part}, which nothing grants.`);
  });
}

/** What of the answer is not granted. */
function foreignParts(world: World, read: Read, by: KnownCredential): string[] {
  if (isOf(read, 'rows')) return [...foreignRows(read, by), ...uncounted(read)];
  if (isOf(read, 'frame')) return foreignRows(read, by);
  if (isOf(read, 'state')) {
    const { stream } = read.wanted;
    const { version = 0, state } = read.answer ?? {};
    const isSeen = version === 0 || isGranted(by.sees[aggregateOf(stream)], state);
    return isSeen ? [] : [`${stream}@${version}`];
  }
  if (isOf(read, 'events')) {
    const { stream, after } = read.wanted;
    const last = read.answer?.events.at(-1)?.version ?? after;
    const match = by.sees[aggregateOf(stream)];
    return isPossiblyGranted(world, { stream, from: last, before: read.completed }, match)
      ? []
      : [`events of ${stream} up to ${last}`];
  }
  if (!isOf(read, 'follow')) return [];
  const events = read.answer?.events ?? [];
  return events.filter(({ stream }) => !by.follows.includes(aggregateOf(stream))).map(placeOf);
}

function foreignRows(read: Operation<'rows'> | Operation<'frame'>, by: KnownCredential): string[] {
  const match = by.sees[read.wanted.projection];
  const rows = read.answer?.rows ?? [];
  return rows.filter((row) => !isGranted(match, row)).map((row) => JSON.stringify(row));
}

/** A count is that of the rows, which one page holds. */
function uncounted({ answer }: Operation<'rows'>): string[] {
  if (answer?.count === undefined || answer.count === answer.rows.length) return [];
  return [`a count of ${answer.count} for ${answer.rows.length} rows`];
}

/** A frame removes only rows that its reader was sent. */
function removedUnseen(frames: readonly Operation<'frame'>[]): Finding[] {
  const seen = new Map<string, Set<string>>();
  return frames.flatMap(({ process, wanted: { projection }, answer }) => {
    const own = seen.get(`${process} ${projection}`) ?? new Set();
    seen.set(`${process} ${projection}`, own);
    for (const key of answer?.keys ?? []) own.add(key);
    const unseen = (answer?.removed ?? []).filter((key) => !own.has(key));
    return unseen.map((key) =>
      shown(`live ${projection}`, `${process} was sent the removal of ${key}, and never the row.`),
    );
  });
}

function isOf<K extends Read['wanted']['kind']>(read: Read, kind: K): read is Operation<K> & Read {
  return read.wanted.kind === kind;
}

function subjectOf({ wanted }: Read): string {
  if (wanted.kind === 'follow') return 'journal';
  if ('stream' in wanted) return wanted.stream;
  return wanted.kind === 'frame' ? `live ${wanted.projection}` : wanted.projection;
}

function aggregateOf(stream: string): string {
  return parseStreamName(stream)?.aggregate ?? '';
}
