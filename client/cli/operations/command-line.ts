/**
 * What the operators' command lines share: where the server is, text or JSON, exit codes. 0: done, and all is well;
 * 1: not, and the last line says why.
 */
import { Command, InvalidArgumentError } from 'commander';
import { parseStreamName } from '../../../core/stream.ts';
import { parseTime, TIME_RULE, utcText } from '../../../core/time.ts';
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
  return new Command(name)
    .description(description)
    .option('--url <url>', 'where Ledge runs', serverUrl, 'http://localhost:8787')
    .option('--token <token>', 'bearer token; it decides the tenant')
    .option('--json', 'print JSON instead of text', false);
}

function serverUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('It is no http or https address.');
  }
  return text.replace(/(?<!\/)\/+$/, '');
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
