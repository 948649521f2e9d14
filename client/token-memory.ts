/**
 * Lets a client read its own writes: the newest consistency token of each written stream, and the queries that have
 * included it, whose bookmark then suffices. Pure. Limited to a hundred streams; the one written longest ago is
 * dropped, and a query that has not run since may then lack that write.
 */

import { formatToken, parseToken } from '../core/aggregate/stream.ts';
import { BOOKMARKS_MAX, TOKENS_MAX } from '../core/live/live-limits.ts';

const STREAMS_MAX = 100;

type Versions = ReadonlyMap<string, number>;

export interface TokenMemory {
  /** By stream, in the order of the last writes. */
  readonly written: Versions;
  /** By query, then by stream. */
  readonly answered: ReadonlyMap<string, Versions>;
  /** Of the responses that no later one has superseded, which are several where requests overlapped. */
  readonly bookmarks: readonly string[];
}

export const nothingWritten: TokenMemory = {
  written: new Map(),
  answered: new Map(),
  bookmarks: [],
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

/** The tokens that the query has not included yet, in as many parts as requests need. */
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

/**
 * After a response that includes these tokens and supersedes the bookmarks that its request sent. Without a bookmark the
 * next response may be older.
 */
export function rememberAnswer(
  memory: TokenMemory,
  query: string,
  tokens: readonly string[],
  bookmark: string | null,
  sent: readonly string[],
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
    bookmarks: [...memory.bookmarks.filter((one) => !sent.includes(one)), bookmark].slice(
      -BOOKMARKS_MAX,
    ),
  };
}

/** Drops a write that the server does not have. */
export function forgetWrite(memory: TokenMemory, token: string): TokenMemory {
  const { stream = '', version = 0 } = parseToken(token) ?? {};
  if ((memory.written.get(stream) ?? 0) > version) return memory;
  const without = (versions: Versions) =>
    new Map([...versions].filter(([name]) => name !== stream));
  const answered = [...memory.answered].map(
    ([query, versions]) => [query, without(versions)] as const,
  );
  // A bookmark of a wiped database is not valid for its successor.
  return { written: without(memory.written), answered: new Map(answered), bookmarks: [] };
}

/** The query's read model is held back before the token: it counts as included until the stream is written again. */
export function rememberParked(memory: TokenMemory, query: string, token: string): TokenMemory {
  const { stream = '', version = 0 } = parseToken(token) ?? {};
  const versions = new Map(memory.answered.get(query)).set(stream, version);
  return { ...memory, answered: new Map(memory.answered).set(query, versions) };
}
