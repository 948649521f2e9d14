/** One client at work: the server it speaks with, and what it remembers of its own writes. */
import { queryPath, rowPath, statePath } from './addresses.ts';
import type { Page } from './app-types.ts';
import { ask, type Reply, type Server } from './ask.ts';
import { type OfflineOptions, outbox, type Send } from './outbox.ts';
import { problemOf } from './problem.ts';
import { type KeyedCommand, sendCommand } from './send-command.ts';
import { nothingWritten, rememberAnswer, rememberWrite, tokensFor } from './token-memory.ts';

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
}

export function openSession(server: Server, offline?: OfflineOptions): Session {
  let memory = nothingWritten;

  const send = offline ? outbox(server, sendNow, offline) : sendNow;

  async function sendNow(command: KeyedCommand, signal?: AbortSignal) {
    const outcome = await sendCommand(server, command, signal);
    if (outcome.outcome === 'accepted') memory = rememberWrite(memory, outcome.token);
    return outcome;
  }

  async function read(name: string, path: string, options: ReadOptions): Promise<Reply> {
    const { consistentWith = 'own', signal } = options;
    if (consistentWith !== 'own') return readWith(path, consistentWith || [], signal);
    const parts = tokensFor(memory, name);
    for (const tokens of parts.slice(0, -1)) await readOwn(name, path, tokens, signal);
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
    }
    return reply;
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
    query: async (name, input, options) => found(await read(name, queryPath(name, input), options)),
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
  };
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
