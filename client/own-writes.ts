/** Read your own writes: queries that include the client's own commands. */
import { parseToken } from '../core/aggregate/stream.ts';
import { ask, type ServerAccess } from './ask.ts';
import { type LedgeProblem, problemOf } from './problem.ts';
import type { Reply } from './reply.ts';
import {
  forgetWrite,
  nothingWritten,
  rememberAnswer,
  rememberParked,
  rememberWrite,
  tokensFor,
} from './token-memory.ts';

/** Options of one query. */
export interface ReadOptions {
  /**
   * The commands that the result includes: the client's own (when left out), those of these tokens, or with `false`
   * none in particular.
   */
  readonly consistentWith?: 'own' | false | readonly string[];
  readonly signal?: AbortSignal;
}

const CONFLICT = 409;

export interface OwnWrites {
  wrote(token: string): void;
  /** Runs a query by its name. */
  read(name: string, path: string, options: ReadOptions): Promise<Reply>;
  /** The tokens that the query may lack. */
  tokens(name: string): string[];
  /** The query will never include the token, which is not requested again. */
  giveUp(name: string, token: string, problem: LedgeProblem): void;
}

export function ownWrites(server: ServerAccess): OwnWrites {
  let memory = nothingWritten;

  async function read(name: string, path: string, options: ReadOptions): Promise<Reply> {
    const { consistentWith = 'own', signal } = options;
    if (consistentWith !== 'own') return readWith(path, consistentWith || [], signal);
    return readParts(name, path, tokensFor(memory, name), signal);
  }

  /** The last response includes all tokens; the first response of a read model that is held back is reported. */
  async function readParts(
    name: string,
    path: string,
    parts: readonly (readonly string[])[],
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    for (const tokens of parts.slice(0, -1)) {
      const reply = await readOwn(name, path, tokens, signal);
      if (reply.status === CONFLICT) return reply;
    }
    return readOwn(name, path, parts.at(-1) ?? [], signal);
  }

  async function readOwn(
    name: string,
    path: string,
    tokens: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const { bookmarks } = memory;
    const reply = await readWith(path, tokens, signal, bookmarks);
    if (reply.status < 400) {
      memory = rememberAnswer(memory, name, tokens, reply.header('d1-bookmark'), bookmarks);
      return reply;
    }
    const error = problemOf(reply);
    const { problem } = error;
    if (isOfToken(error) && tokens.length > 0)
      return readWithout(name, path, tokens, error, signal);
    if (problem.kind === 'parked') {
      const token = tokens.find((text) => parseToken(text)?.stream === problem.stream);
      if (token) giveUp(name, token, error);
    }
    return reply;
  }

  /** The server does not name the refused token: they are requested one by one, and refused ones are dropped. */
  async function readWithout(
    name: string,
    path: string,
    tokens: readonly string[],
    error: LedgeProblem,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const [first = '', ...others] = tokens;
    const alone = tokens.map((token) => [token]);
    if (others.length > 0) return readParts(name, path, alone, signal);
    giveUp(name, first, error);
    return readOwn(name, path, [], signal);
  }

  /**
   * A version that the server does not have, because its state was wiped or restored, is dropped. A read model that is
   * held back is reported once per query; the next response does not include that write.
   */
  function giveUp(name: string, token: string, { problem }: LedgeProblem): void {
    memory =
      problem.kind === 'parked' ? rememberParked(memory, name, token) : forgetWrite(memory, token);
  }

  function readWith(
    path: string,
    tokens: readonly string[],
    signal: AbortSignal | undefined,
    bookmarks: readonly string[] = [],
  ): Promise<Reply> {
    const headers = {
      ...(tokens.length > 0 && { 'consistent-with': tokens.join(',') }),
      ...(bookmarks.length > 0 && { 'd1-bookmark': bookmarks.join(',') }),
    };
    return ask(server, { method: 'GET', path, headers }, signal);
  }

  return {
    wrote: (token) => {
      memory = rememberWrite(memory, token);
    },
    read,
    tokens: (name) => tokensFor(memory, name).flat(),
    giveUp,
  };
}

/** Whether the server refuses the tokens, and not the query itself. */
function isOfToken({ problem }: LedgeProblem): boolean {
  return problem.kind === 'invalid' && problem.errors.some(({ at }) => at === 'Consistent-With');
}
