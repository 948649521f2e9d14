/**
 * What makes a client read its own writes: the newest consistency token of each stream that it wrote, and which
 * queries have answered with it already. Those need not be asked again: with the bookmark of their answer nothing
 * older is read. Pure.
 *
 * Bounded: of more than a hundred streams the one that was written longest ago is forgotten. A query that has not been
 * asked since may then show that one write late, as every reader without a token may; it never shows half of it.
 */

import { formatToken, parseToken } from '../core/aggregate/stream.ts';
import { TOKENS_MAX } from '../core/live/live-limits.ts';

const STREAMS_MAX = 100;

type Versions = ReadonlyMap<string, number>;

export interface TokenMemory {
  /** By stream; the one that was written last comes last. */
  readonly written: Versions;
  /** By query, then by stream. */
  readonly answered: ReadonlyMap<string, Versions>;
  /** Of the newest state of the database that was answered from. */
  readonly bookmark: string | undefined;
}

export const nothingWritten: TokenMemory = {
  written: new Map(),
  answered: new Map(),
  bookmark: undefined,
};

export function rememberWrite(memory: TokenMemory, token: string): TokenMemory {
  const { stream, version } = parseToken(token) ?? {};
  if (stream === undefined || version === undefined) return memory;
  const written = new Map(memory.written);
  const newest = Math.max(version, written.get(stream) ?? 0);
  written.delete(stream);
  written.set(stream, newest);
  const oldest = [...written.keys()].slice(0, Math.max(written.size - STREAMS_MAX, 0));
  for (const forgotten of oldest) written.delete(forgotten);
  return { ...memory, written };
}

/** What the query has not answered with yet, in as many parts as it takes to send it. */
export function tokensFor(memory: TokenMemory, query: string): string[][] {
  const answered = memory.answered.get(query);
  const tokens = [...memory.written]
    .filter(([stream, version]) => (answered?.get(stream) ?? 0) < version)
    .map(([stream, version]) => formatToken({ stream, version }));
  const parts = Math.ceil(tokens.length / TOKENS_MAX);
  return Array.from({ length: parts }, (_, part) =>
    tokens.slice(part * TOKENS_MAX, (part + 1) * TOKENS_MAX),
  );
}

/** After an answer that these tokens were asked with. Without a bookmark nothing keeps the next one from being older. */
export function rememberAnswer(
  memory: TokenMemory,
  query: string,
  tokens: readonly string[],
  bookmark: string | null,
): TokenMemory {
  if (bookmark === null) return memory;
  const known = memory.answered.get(query) ?? new Map<string, number>();
  const answers = tokens.map(parseToken).filter((token) => token !== undefined);
  const versions = new Map([...known].filter(([stream]) => memory.written.has(stream)));
  for (const { stream, version } of answers) {
    versions.set(stream, Math.max(version, versions.get(stream) ?? 0));
  }
  return {
    ...memory,
    answered: new Map(memory.answered).set(query, versions),
    bookmark: newer(memory.bookmark, bookmark),
  };
}

/** The server does not have it. */
export function forgetWrite(memory: TokenMemory, token: string): TokenMemory {
  const { stream = '', version = 0 } = parseToken(token) ?? {};
  if ((memory.written.get(stream) ?? 0) > version) return memory;
  const without = (versions: Versions) =>
    new Map([...versions].filter(([name]) => name !== stream));
  const answered = [...memory.answered].map(
    ([query, versions]) => [query, without(versions)] as const,
  );
  // A bookmark of a database that was wiped says nothing of the next one.
  return { written: without(memory.written), answered: new Map(answered), bookmark: undefined };
}

/** The query's read model is held back before it: as good as answered with, until the stream is written again. */
export function rememberParked(memory: TokenMemory, query: string, token: string): TokenMemory {
  const { stream = '', version = 0 } = parseToken(token) ?? {};
  const versions = new Map(memory.answered.get(query)).set(stream, version);
  return { ...memory, answered: new Map(memory.answered).set(query, versions) };
}

/** Bookmarks of one database sort by age. */
function newer(known: string | undefined, bookmark: string): string {
  return known !== undefined && known > bookmark ? known : bookmark;
}
