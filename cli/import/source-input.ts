/**
 * Commands that a program makes as the input of an import. Nothing is remembered between runs: each begins with the
 * first command, and what was sent before is replayed under its key.
 */
import { once } from 'node:events';
import { AT_THE_BEGINNING, type ImportInput } from './import-input.ts';
import { type ParsedCommand, parseCommand } from './parse-command.ts';
import { type InputLine, LINE_BYTES_MAX } from './read-commands.ts';

/** A command as `POST /v1/commands` takes it. */
export interface ImportCommand {
  readonly aggregate: string;
  readonly id: string;
  readonly command: string;
  readonly data: object;
  /** Of what the command is made from, a row's key or a message's id: another run has to give it the same key. */
  readonly idempotencyKey: string;
  /** When the fact happened: ISO 8601 with its zone. */
  readonly occurredAt?: string | undefined;
  readonly expectedVersion?: number | undefined;
}

export type CommandSource = AsyncIterable<ImportCommand> | Iterable<ImportCommand>;

export function openSource(source: CommandSource): ImportInput {
  return {
    bytes: 0,
    start: AT_THE_BEGINNING,
    lines: (stop) => sourceLines(source, stop),
    save: () => undefined,
    finish: () => undefined,
  };
}

async function* sourceLines(source: CommandSource, stop: AbortSignal): AsyncGenerator<InputLine> {
  let number = 0;
  for await (const command of untilStopped(source, stop)) {
    number += 1;
    yield { number, start: 0, end: 0, ...readCommand(number, command) };
  }
}

/** A source that waits, for a network perhaps, does not hold up an import that has to end. */
async function* untilStopped(
  source: CommandSource,
  stop: AbortSignal,
): AsyncGenerator<ImportCommand> {
  const commands =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const stopped = stop.aborted ? Promise.resolve() : once(stop, 'abort');
  try {
    while (!stop.aborted) {
      const next = await Promise.race([commands.next(), stopped]);
      if (!next || !('done' in next) || next.done) return;
      yield next.value;
    }
  } finally {
    // Not waited for: a generator takes it only when it has made its next command.
    Promise.resolve(commands.return?.()).catch(() => undefined);
  }
}

function readCommand(number: number, command: ImportCommand): ParsedCommand {
  if (command.idempotencyKey === undefined) return broken('it has no idempotencyKey');
  try {
    const text = JSON.stringify(command);
    if (Buffer.byteLength(text) <= LINE_BYTES_MAX) return parseCommand(number, text);
    return broken(`longer than ${LINE_BYTES_MAX} bytes`);
  } catch (error) {
    return broken(`not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

function broken(reason: string): ParsedCommand {
  return { kind: 'broken', reason };
}
