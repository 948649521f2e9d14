/**
 * What the operators' commands share: where the server is, text or JSON, exit codes. 0: done, and all is well; 1: not,
 * and the last line has the reason.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { parseStreamName } from '../../core/aggregate/stream.ts';
import { commandText } from '../../core/package-name.ts';
import { parseTime, TIME_RULE, utcText } from '../../core/values/time.ts';
import { type CliCommand, cliCommand } from '../cli-command.ts';
import { withServer } from '../server-flags.ts';
import { printable } from './plain-text.ts';
import { NoAnswer, type Server } from './server.ts';

/** What an operation came to: for people, for programs, for the exit code. */
export interface Conclusion {
  readonly ok: boolean;
  readonly text: string;
  /** Printed instead of the text with `--json`. */
  readonly answer: unknown;
}

export interface Flags extends Server {
  readonly json: boolean;
}

/** Runs an operation with the flags of the command line, and prints its conclusion. */
export type Conclude = (operation: (flags: Flags) => Promise<Conclusion>) => Promise<void>;

/** Adds to a program what one of its operations takes. */
export type CommandPart = (program: Command, conclude: Conclude) => void;

/** The options are accepted before a subcommand and after it. */
export function operatorCommand(
  name: string,
  description: string,
  ...parts: readonly CommandPart[]
): CliCommand {
  return cliCommand(commandText(name), description, (program, exit) => {
    withServer(program, 'http://localhost:8787');
    program.option('--in-tenant <name>', 'which one an operator of the deployment operates');
    program.option('--json', 'print JSON instead of text', false);
    const conclude: Conclude = (operation) => exit(exitCode(program.opts<Flags>(), operation));
    for (const part of parts) part(program, conclude);
  });
}

/** A positive whole number of the command line. */
export function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new InvalidArgumentError('It is no whole number above 0.');
  return Number(text);
}

/** A stream of the command line, like order/o-1. */
export function stream(text: string): string {
  if (!parseStreamName(text)) throw new InvalidArgumentError('It is no stream like order/o-1.');
  return text;
}

/** A time of the command line, in UTC. */
export function utcTime(text: string): string {
  const timeMs = parseTime(text);
  if (timeMs === undefined) throw new InvalidArgumentError(TIME_RULE);
  return utcText(timeMs);
}

async function exitCode(flags: Flags, operation: Parameters<Conclude>[0]): Promise<number> {
  try {
    const { ok, text, answer } = await operation(flags);
    process.stdout.write(flags.json ? `${JSON.stringify(answer)}\n` : `${printable(text)}\n`);
    return ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    return 1;
  }
}
