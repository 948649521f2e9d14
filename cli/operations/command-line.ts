/**
 * What the operators' command lines share: where the server is, text or JSON, exit codes. 0: done, and all is well;
 * 1: not, and the last line says why.
 */
import { Command, InvalidArgumentError } from 'commander';
import { parseStreamName } from '../../core/stream.ts';
import { parseTime, TIME_RULE, utcText } from '../../core/time.ts';
import { didYouMean } from '../did-you-mean.ts';
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

/** Its options may stand before a subcommand and behind it. */
export function operatorCommand(name: string, description: string): Command {
  const command = new Command(`npm run ${name} --`).description(description);
  return withServer(command, 'http://localhost:8787').option(
    '--json',
    'print JSON instead of text',
    false,
  );
}

/** Runs a program with subcommands. A mistyped one would be taken for an argument of the default one. */
export async function runProgram(program: Command): Promise<void> {
  const names = program.commands.map((command) => command.name());
  const { operands } = program.parseOptions(process.argv.slice(2));
  const [word, ...more] = operands;
  if (word !== undefined && ![...names, 'help'].includes(word) && !mayBeName(program, more)) {
    program.error(`error: there is no command ${word}. ${didYouMean(word, names)}`);
  }
  await program.parseAsync();
}

/** One word alone may be what the first subcommand, the default one, is asked about. */
function mayBeName({ commands }: Command, more: readonly string[]): boolean {
  return more.length === 0 && (commands[0]?.registeredArguments.length ?? 0) > 0;
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

/** Runs an operation to its exit code. */
export async function conclude({ json }: Flags, operation: Promise<Conclusion>): Promise<void> {
  try {
    const { ok, text, answer } = await operation;
    process.stdout.write(json ? `${JSON.stringify(answer)}\n` : `${printable(text)}\n`);
    process.exitCode = ok ? 0 : 1;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    process.stderr.write(`${printable(error.message)}\n`);
    process.exitCode = 1;
  }
}
