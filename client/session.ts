/** The state of one client: its server, and the tokens of its own writes. */
import { asksForNothing, queryPath, rowPath, statePath } from './addresses.ts';
import type { Page } from './app-types.ts';
import { ask, type ServerAccess } from './ask.ts';
import { type OfflineOptions, type OutboxSend, outbox } from './outbox.ts';
import { ownWrites, type ReadOptions } from './own-writes.ts';
import { type LedgeProblem, problemOf } from './problem.ts';
import type { Reply } from './reply.ts';
import { type KeyedCommand, sendCommand } from './send-command.ts';

/** Which state of an aggregate is read: the current one, or one of the past. */
export interface StateOptions {
  /**
   * The state at this version, as recorded by this time, or as of this time in the world. One of them, or the current
   * state.
   */
  readonly version?: number;
  readonly at?: Date | string;
  readonly occurredAt?: Date | string;
  readonly signal?: AbortSignal;
}

/** The state of an aggregate with the version that it is of. */
export interface VersionedState<State> {
  readonly stream: string;
  readonly version: number;
  readonly state: State;
}

type Input = Readonly<Record<string, unknown>>;

export interface Session {
  readonly server: ServerAccess;
  readonly send: OutboxSend;
  query(name: string, input: Input, options: ReadOptions): Promise<Page<unknown>>;
  get(name: string, key: unknown, options: ReadOptions): Promise<unknown>;
  state(
    aggregate: string,
    id: string,
    options?: StateOptions,
  ): Promise<VersionedState<unknown> | undefined>;
  /** The tokens of its own writes that a query may lack. */
  ownTokens(name: string): string[];
  /** The query will never include the token, which is not requested again. */
  giveUp(name: string, token: string, problem: LedgeProblem): void;
}

export function openSession(
  server: ServerAccess,
  offline?: OfflineOptions,
  principal = '',
): Session {
  const { wrote, read, tokens, giveUp } = ownWrites(server);
  const send = offline ? outbox(server, sendNow, offline, principal) : sendNow;

  async function sendNow(command: KeyedCommand, signal?: AbortSignal) {
    const outcome = await sendCommand(server, command, signal);
    if (outcome.outcome === 'accepted') wrote(outcome.token);
    return outcome;
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
    ownTokens: tokens,
    giveUp,
  };
}

/** A response with status 200 has the type of its route. */
function found<Found>(reply: Reply): Found {
  if (reply.status !== 200) throw problemOf(reply);
  return reply.body as Found;
}

/** A missing row or aggregate is a result; a missing projection is a problem. */
function foundOrNone<Found>(reply: Reply, what: string): Found | undefined {
  if (reply.status === 200) return found(reply);
  const error = problemOf(reply);
  if (error.problem.kind === 'unknown' && error.problem.what === what) return undefined;
  throw error;
}
