/** One client at work: the server it speaks with, and what it remembers of its own writes. */
import { parseToken } from '../core/stream.ts';
import { asksForNothing, queryPath, rowPath, statePath } from './addresses.ts';
import type { Page } from './app-types.ts';
import { ask, type Server } from './ask.ts';
import { type OfflineOptions, outbox, type Send } from './outbox.ts';
import { type LedgeProblem, problemOf } from './problem.ts';
import type { Reply } from './reply.ts';
import { type KeyedCommand, sendCommand } from './send-command.ts';
import {
  forgetWrite,
  nothingWritten,
  rememberAnswer,
  rememberParked,
  rememberWrite,
  tokensFor,
} from './token-memory.ts';

export interface ReadOptions {
  /**
   * Which commands the answer includes: the client's own when left out, those of these tokens, or with `false` whatever
   * the read model has.
   */
  readonly consistentWith?: 'own' | false | readonly string[];
  readonly signal?: AbortSignal;
}

export interface StateOptions {
  /** The state at this version, as recorded by this time, or as things stood in the world then. One of them, or now. */
  readonly version?: number;
  readonly at?: Date | string;
  readonly occurredAt?: Date | string;
  readonly signal?: AbortSignal;
}

export interface VersionedState<State> {
  readonly stream: string;
  readonly version: number;
  readonly state: State;
}

type Input = Readonly<Record<string, unknown>>;

const CONFLICT = 409;

export interface Session {
  readonly server: Server;
  readonly send: Send;
  query(name: string, input: Input, options: ReadOptions): Promise<Page<unknown>>;
  get(name: string, key: unknown, options: ReadOptions): Promise<unknown>;
  state(
    aggregate: string,
    id: string,
    options?: StateOptions,
  ): Promise<VersionedState<unknown> | undefined>;
  /** The tokens of its own writes that a query may lack. */
  ownTokens(name: string): string[];
  /** The query will never include the token: it is not asked for that again. */
  giveUp(name: string, token: string, problem: LedgeProblem): void;
}

export function openSession(server: Server, offline?: OfflineOptions, principal = ''): Session {
  let memory = nothingWritten;

  const send = offline ? outbox(server, sendNow, offline, principal) : sendNow;

  async function sendNow(command: KeyedCommand, signal?: AbortSignal) {
    const outcome = await sendCommand(server, command, signal);
    if (outcome.outcome === 'accepted') memory = rememberWrite(memory, outcome.token);
    return outcome;
  }

  async function read(name: string, path: string, options: ReadOptions): Promise<Reply> {
    const { consistentWith = 'own', signal } = options;
    if (consistentWith !== 'own') return readWith(path, consistentWith || [], signal);
    return readParts(name, path, tokensFor(memory, name), signal);
  }

  /** The last answer includes them all; a read model that is held back is reported with the first that says so. */
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
    const reply = await readWith(path, tokens, signal, memory.bookmark);
    if (reply.status < 400) {
      memory = rememberAnswer(memory, name, tokens, reply.header('d1-bookmark'));
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

  /** The server does not say which of several: they are asked for one by one, and those that are refused forgotten. */
  async function readWithout(
    name: string,
    path: string,
    tokens: readonly string[],
    error: LedgeProblem,
    signal: AbortSignal | undefined,
  ): Promise<Reply> {
    const [first = '', ...others] = tokens;
    if (others.length > 0)
      return readParts(
        name,
        path,
        tokens.map((token) => [token]),
        signal,
      );
    giveUp(name, first, error);
    return readOwn(name, path, [], signal);
  }

  /**
   * A version that the server does not have, because its state was wiped or restored, is forgotten. A read model that
   * is held back says so once for each query; the next answer comes without that write.
   */
  function giveUp(name: string, token: string, { problem }: LedgeProblem): void {
    memory =
      problem.kind === 'parked' ? rememberParked(memory, name, token) : forgetWrite(memory, token);
  }

  function readWith(
    path: string,
    tokens: readonly string[],
    signal: AbortSignal | undefined,
    bookmark?: string,
  ): Promise<Reply> {
    const headers = {
      ...(tokens.length > 0 && { 'consistent-with': tokens.join(',') }),
      ...(bookmark !== undefined && { 'd1-bookmark': bookmark }),
    };
    return ask(server, { method: 'GET', path, headers }, signal);
  }

  return {
    server,
    send,
    query: async (name, input, options) => {
      if (asksForNothing(input)) return { rows: [], ...(input.count === true && { count: 0 }) };
      return found(await read(name, queryPath(name, input), options));
    },
    get: async (name, key, options) =>
      foundOrNone(await read(name, rowPath(name, key), options), `row of ${name}`),
    state: async (aggregate, id, { signal, ...moment } = {}) => {
      const path = statePath(aggregate, id, moment);
      return foundOrNone(
        await ask(server, { method: 'GET', path, headers: {} }, signal),
        aggregate,
      );
    },
    ownTokens: (name) => tokensFor(memory, name).flat(),
    giveUp,
  };
}

/** The server refuses the tokens, and not what was asked beside them. */
function isOfToken({ problem }: LedgeProblem): boolean {
  return problem.kind === 'invalid' && problem.errors.some(({ at }) => at === 'Consistent-With');
}

/** What the server answers with 200 is what its types say. */
function found<Found>(reply: Reply): Found {
  if (reply.status !== 200) throw problemOf(reply);
  return reply.body as Found;
}

/** That there is no such row or aggregate is an answer; that there is no such projection is not. */
function foundOrNone<Found>(reply: Reply, what: string): Found | undefined {
  if (reply.status === 200) return found(reply);
  const error = problemOf(reply);
  if (error.problem.kind === 'unknown' && error.problem.what === what) return undefined;
  throw error;
}
