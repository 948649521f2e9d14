/** I8: a read from before what the reader could rely on. */
import { parseToken } from '../../../core/aggregate/stream.ts';
import { type Finding, findingsOf } from '../finding.ts';
import type { Operation } from '../history.ts';
import {
  type FoldedRows,
  foldedRows,
  type RowOfStream,
  rowsOfStreams,
} from '../rows-of-streams.ts';
import type { World } from '../world.ts';

const stale = findingsOf('stale');

export function findStale(world: World): Finding[] {
  return [...staleReads(world), ...staleRows(world)];
}

/** The version of a stream that a client knew at a time. */
interface Known {
  readonly stream: string;
  readonly at: number;
  readonly version: number;
}

/** A read of the aggregate is never older than any earlier response to any client. */
function staleReads({ history }: World): Finding[] {
  const known = Map.groupBy(knowledge(history), ({ stream }) => stream);
  const knownBefore = (stream: string, at: number) =>
    Math.max(
      0,
      ...(known.get(stream) ?? []).filter((one) => one.at < at).map((one) => one.version),
    );
  return [...history.state, ...history.events].flatMap((read) => {
    const version = versionRead(read);
    const wantedVersion = knownBefore(read.wanted.stream, read.invoked);
    if (version === undefined || version >= wantedVersion) return [];
    const detail = `${read.process} was answered version ${version} when ${wantedVersion} was known.`;
    return [stale(read.wanted.stream, detail)];
  });
}

function knowledge({ command, state, events }: World['history']): Known[] {
  const written = command.map(({ wanted: { stream }, completed: at, answer }) => {
    return { stream, at, version: answer?.version ?? 0 };
  });
  const read = [...state, ...events].map((one) => {
    return { stream: one.wanted.stream, at: one.completed, version: versionRead(one) ?? 0 };
  });
  return [...written, ...read];
}

function versionRead({ wanted, answer }: Operation<'state'> | Operation<'events'>) {
  if (!answer) return undefined;
  if ('version' in answer) return answer.version;
  return answer.events.at(-1)?.version ?? ('after' in wanted ? wanted.after : 0);
}

/** A query is never older than its tokens, nor than what the same client was answered before. */
function staleRows(world: World): Finding[] {
  const folded = foldedRows(world);
  const readers = Map.groupBy(world.history.rows, ({ process, wanted }) => {
    return `${process} ${wanted.projection}`;
  });
  return [...readers.values()].flatMap((reads) => staleRowsOf(folded, reads));
}

function staleRowsOf(folded: FoldedRows, reads: readonly Operation<'rows'>[]): Finding[] {
  const seen = new Map<string, number>();
  return reads.flatMap((read) => {
    const rows = rowsOfStreams(folded, read);
    const findings = rows.flatMap((row) => staleRow(read, row, seen));
    for (const { stream, versions } of rows) {
      const atLeast = Math.min(...versions, Infinity);
      if (atLeast < Infinity) seen.set(stream, Math.max(seen.get(stream) ?? 0, atLeast));
    }
    return findings;
  });
}

function staleRow(
  { process, wanted }: Operation<'rows'>,
  { stream, versions }: RowOfStream,
  seen: ReadonlyMap<string, number>,
): Finding[] {
  const token = tokenVersion(wanted.tokens, stream);
  const required = Math.max(token, seen.get(stream) ?? 0);
  const newest = Math.max(...versions, -1);
  if (newest < 0 || newest >= required) return [];
  const because = token === required ? 'its token says' : 'it had seen';
  const detail = `${process} was answered ${stream} at version ${newest}; ${because} ${required}.`;
  return [stale(wanted.projection, detail)];
}

function tokenVersion(tokens: readonly string[], stream: string): number {
  const versions = tokens.map(parseToken).filter((token) => token?.stream === stream);
  return Math.max(0, ...versions.map((token) => token?.version ?? 0));
}
