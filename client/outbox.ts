/**
 * Commands that wait for the network. Those of a stream are sent in order, each after the outcome of the one before,
 * without a limit on time. With a storage they survive the page: each is stored with its key before it is first sent,
 * and the next page sends it again. The key makes its effect exactly-once, however many windows share the storage.
 */
import type { App } from '../core/app.ts';
import type { Outcome, PersonalCommand } from './app-types.ts';
import type { ServerAccess } from './ask.ts';
import { backoffMs } from './backoff.ts';
import { guarded } from './guarded.ts';
import { LedgeProblem } from './problem.ts';
import type { KeyedCommand } from './send-command.ts';
import { type CommandStorage, storedCommands } from './stored-commands.ts';

/** How commands wait for the network, and what the page learns of them. */
export interface OfflineOptions {
  /** For example `localStorage`. Left out: waiting commands are lost with the page. */
  readonly storage?: CommandStorage;
  /**
   * Commands that the storage never gets, `{ 'customer/RegisterCustomer': true }`: they are lost with the page. With a
   * storage, all commands with personal data, which is plain in a browser.
   */
  readonly memoryOnly?: Readonly<Record<string, true>>;
  /** Called with the outcome of a command that an earlier page left. */
  readonly onLeftover?: (command: KeyedCommand, became: AnyOutcome | LedgeProblem) => void;
  /** Called after each change with the waiting and pending commands, including those that an earlier page left. */
  readonly onWaiting?: (commands: readonly KeyedCommand[]) => void;
  /**
   * Called for a command that the storage does not take, and for stored commands of other principals or in an unknown
   * form. Left out: a warning on the console.
   */
  readonly onProblem?: (problem: LedgeProblem) => void;
}

/** With a storage, an app with personal data has to say that the storage does not get it. */
export type OfflineOptionsOf<A extends App> = [PersonalCommand<A>] extends [never]
  ? OfflineOptions
  : OfflineOptions &
      (
        | { readonly storage?: never }
        | { readonly memoryOnly: { readonly [Name in PersonalCommand<A>]: true } }
      );

type AnyOutcome = Outcome<unknown, string>;
export type OutboxSend = (command: KeyedCommand, signal?: AbortSignal) => Promise<AnyOutcome>;

const BACKOFF_BASE_MS = 1_000;

/** The interval of calls to `token` for another credential, and their number before the old one is tried again. */
const TOKEN_MS = 2_000;
const TOKEN_LOOKS_MAX = 150;

const TOO_MANY_REQUESTS = 429;

/** `principal` is signed in: stored commands of other principals are not sent. */
export function outbox(
  { host, pause, credential }: ServerAccess,
  send: OutboxSend,
  { storage, memoryOnly = {}, onLeftover, onWaiting, onProblem = warn }: OfflineOptions,
  principal: string,
): OutboxSend {
  const stored = storedCommands(storage, principal, guarded(onProblem));
  const [leftover, waits] = [guarded(onLeftover ?? ignore), guarded(onWaiting ?? ignore)];
  /** By name in the storage. */
  const waiting = new Map<string, KeyedCommand>();
  /** The last command of each stream. */
  const last = new Map<string, Promise<unknown>>();

  for (const { name, command } of stored.leftovers()) {
    post(command, name).then(
      (outcome) => leftover(command, outcome),
      (problem) => leftover(command, problem),
    );
  }

  function post(command: KeyedCommand, name: string, signal?: AbortSignal): Promise<AnyOutcome> {
    const stream = `${command.aggregate}/${command.id}`;
    waiting.set(name, command);
    waits([...waiting.values()]);
    const sent = (last.get(stream) ?? Promise.resolve())
      .then(() => untilAnswered(command, signal))
      .finally(() => stored.remove(name));
    const settled = sent.then(done, done);
    last.set(stream, settled);
    return sent;

    function done(): void {
      if (last.get(stream) === settled) last.delete(stream);
      waiting.delete(name);
      waits([...waiting.values()]);
    }
  }

  async function untilAnswered(command: KeyedCommand, signal?: AbortSignal): Promise<AnyOutcome> {
    for (let failures = 1; ; failures++) {
      signal?.throwIfAborted();
      const token = await currentToken();
      try {
        return await send(command, signal);
      } catch (error) {
        if (!isPassing(error)) throw error;
        await pauseAfter(error, failures, signal);
        if (error.problem.kind === 'unauthorized') await untilAnother(token, signal);
      }
    }
  }

  function pauseAfter(
    { retryAfterMs: askedMs }: LedgeProblem,
    failures: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const ms = backoffMs(failures, { baseMs: BACKOFF_BASE_MS, askedMs, random: host.random() });
    return pause(ms, signal, askedMs > 0);
  }

  /** Waits for another credential, because a refused one is refused again until the principal signs in. */
  async function untilAnother(refused: string | undefined, signal?: AbortSignal): Promise<void> {
    for (let looks = 0; looks < TOKEN_LOOKS_MAX && (await currentToken()) === refused; looks++) {
      await pause(TOKEN_MS, signal, false);
    }
  }

  const currentToken = () => credential?.().catch(() => undefined);

  return async (command, signal) => {
    const isStored = !memoryOnly[`${command.aggregate}/${command.command}`];
    return post(command, isStored ? stored.put(command) : command.idempotencyKey, signal);
  };
}

const ignore = () => {};

function warn({ message }: LedgeProblem): void {
  console.warn(message);
}

/** Whether a later attempt, or one with another credential, can succeed. */
function isPassing(error: unknown): error is LedgeProblem {
  if (!(error instanceof LedgeProblem)) return false;
  const { kind, status } = error.problem;
  return (
    ['unreachable', 'unavailable', 'unauthorized'].includes(kind) || status === TOO_MANY_REQUESTS
  );
}
