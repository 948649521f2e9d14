/**
 * Commands that wait for the network: those of a stream are sent in the order in which they were given, each when the
 * one before it was answered, for as long as it takes. With a storage they outlive the page: each is written down with
 * its key before it is first sent, and sent again by the next one. The key makes that once in effect, however many
 * windows share the storage.
 */
import type { Outcome } from './app-types.ts';
import type { Server } from './ask.ts';
import { backoffMs } from './backoff.ts';
import { LedgeProblem } from './problem.ts';
import type { KeyedCommand } from './send-command.ts';

/** As much of the Web's `Storage` as is used. */
export interface CommandStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, text: string): void;
  removeItem(name: string): void;
}

export interface OfflineOptions {
  /** `localStorage`, say. Left out: what waits is lost with the page. */
  readonly storage?: CommandStorage;
  /** What became of a command that an earlier page had left. */
  readonly onLeftover?: (command: KeyedCommand, became: AnyOutcome | LedgeProblem) => void;
}

type AnyOutcome = Outcome<unknown, string>;
export type Send = (command: KeyedCommand, signal?: AbortSignal) => Promise<AnyOutcome>;

const PREFIX = 'ledge-outbox ';
const BACKOFF_BASE_MS = 1_000;

export function outbox(
  { host, pause }: Server,
  send: Send,
  { storage, onLeftover }: OfflineOptions,
): Send {
  /** Of each stream the command that was given last. */
  const last = new Map<string, Promise<unknown>>();
  let given = 0;

  for (const { name, command } of leftovers(storage)) {
    post(command, name).then(
      (outcome) => onLeftover?.(command, outcome),
      (problem) => onLeftover?.(command, problem),
    );
  }

  /** `name` is where the storage has it. */
  function post(command: KeyedCommand, name: string, signal?: AbortSignal): Promise<AnyOutcome> {
    const stream = `${command.aggregate}/${command.id}`;
    const sent = (last.get(stream) ?? Promise.resolve())
      .then(() => untilAnswered(command, signal))
      .finally(() => storage?.removeItem(name));
    const settled = sent.then(done, done);
    last.set(stream, settled);
    return sent;

    function done(): void {
      if (last.get(stream) === settled) last.delete(stream);
    }
  }

  async function untilAnswered(command: KeyedCommand, signal?: AbortSignal): Promise<AnyOutcome> {
    for (let failures = 1; ; failures++) {
      signal?.throwIfAborted();
      try {
        return await send(command, signal);
      } catch (error) {
        if (!isPassing(error)) throw error;
      }
      await pause(
        backoffMs(failures, { baseMs: BACKOFF_BASE_MS, askedMs: 0, dice: host.dice() }),
        signal,
      );
    }
  }

  return async (command, signal) => {
    const name = `${PREFIX}${Date.now()} ${String(++given).padStart(9, '0')} ${command.idempotencyKey}`;
    storage?.setItem(name, JSON.stringify(command));
    return post(command, name, signal);
  };
}

/** In the order of their names, which begin with the time. */
function leftovers(storage: CommandStorage | undefined) {
  const count = storage?.length ?? 0;
  return Array.from({ length: count }, (_, index) => storage?.key(index) ?? '')
    .filter((name) => name.startsWith(PREFIX))
    .sort()
    .map((name) => ({ name, command: commandIn(storage?.getItem(name) ?? '') }));
}

/** What `outbox` wrote, and nobody else. */
function commandIn(text: string): KeyedCommand {
  return JSON.parse(text);
}

/** Not answered, or put off: another time it will be. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof LedgeProblem && ['unreachable', 'unavailable'].includes(error.problem.kind)
  );
}
