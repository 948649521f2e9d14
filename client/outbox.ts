/**
 * Commands that wait for the network: those of a stream are sent in the order in which they were given, each when the
 * one before it was answered, for as long as it takes. With a storage they outlive the page: each is written down with
 * its key before it is first sent, and sent again by the next one. The key makes that once in effect, however many
 * windows share the storage.
 */
import type { Outcome } from './app-types.ts';
import type { ServerAccess } from './ask.ts';
import { backoffMs } from './backoff.ts';
import { guarded } from './guarded.ts';
import { LedgeProblem } from './problem.ts';
import type { KeyedCommand } from './send-command.ts';
import { type CommandStorage, storedCommands } from './stored-commands.ts';

export interface OfflineOptions {
  /** `localStorage`, say. Left out: what waits is lost with the page. */
  readonly storage?: CommandStorage;
  /** What became of a command that an earlier page had left. */
  readonly onLeftover?: (command: KeyedCommand, became: AnyOutcome | LedgeProblem) => void;
  /** The commands that wait or are under way, the leftovers included, after every change. */
  readonly onWaiting?: (commands: readonly KeyedCommand[]) => void;
  /**
   * A command that the storage does not take, and what it holds that is not this principal's or cannot be read. Left
   * out: a warning on the console.
   */
  readonly onProblem?: (problem: LedgeProblem) => void;
}

type AnyOutcome = Outcome<unknown, string>;
export type OutboxSend = (command: KeyedCommand, signal?: AbortSignal) => Promise<AnyOutcome>;

const BACKOFF_BASE_MS = 1_000;

/** How often `token` is asked whether it has another one, and how often in vain before the old one is tried again. */
const TOKEN_MS = 2_000;
const TOKEN_LOOKS_MAX = 150;

const TOO_MANY_REQUESTS = 429;

/** `principal` is signed in: what other principals left in the storage is not sent. */
export function outbox(
  { host, pause, credential }: ServerAccess,
  send: OutboxSend,
  { storage, onLeftover, onWaiting, onProblem = warn }: OfflineOptions,
  principal: string,
): OutboxSend {
  const stored = storedCommands(storage, principal, guarded(onProblem));
  const [leftover, waits] = [guarded(onLeftover ?? ignore), guarded(onWaiting ?? ignore)];
  /** By their names in the storage. */
  const waiting = new Map<string, KeyedCommand>();
  /** Of each stream the command that was given last. */
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
    const ms = backoffMs(failures, { baseMs: BACKOFF_BASE_MS, askedMs, dice: host.dice() });
    return pause(ms, signal, askedMs > 0);
  }

  /** A credential that was refused is refused again: another one comes when the principal signs in again. */
  async function untilAnother(refused: string | undefined, signal?: AbortSignal): Promise<void> {
    for (let looks = 0; looks < TOKEN_LOOKS_MAX && (await currentToken()) === refused; looks++) {
      await pause(TOKEN_MS, signal, false);
    }
  }

  const currentToken = () => credential().catch(() => undefined);

  return async (command, signal) => post(command, stored.put(command), signal);
}

const ignore = () => {};

function warn({ message }: LedgeProblem): void {
  console.warn(message);
}

/** Not answered, or put off: another time, or with another credential, it will be. */
function isPassing(error: unknown): error is LedgeProblem {
  if (!(error instanceof LedgeProblem)) return false;
  const { kind, status } = error.problem;
  return (
    ['unreachable', 'unavailable', 'unauthorized'].includes(kind) || status === TOO_MANY_REQUESTS
  );
}
