/**
 * Where a command line finds its server, and with which token: the options that each of them has. The token comes from
 * LEDGE_TOKEN or a file, since arguments can be read by every process of the machine.
 */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';

interface TokenFlags {
  readonly token?: string;
  readonly tokenFile?: string;
}

const EXPOSED =
  '--token can be read in the list of processes and in the history of the shell. Use LEDGE_TOKEN or --token-file.\n';

/** After parsing, `token` is the one to use, wherever it came from. */
export function withServer(command: Command, defaultUrl: string): Command {
  return command
    .option('--url <url>', 'where Ledge runs', serverUrl, defaultUrl)
    .option('--token-file <file>', 'holds the bearer token, which decides the tenant')
    .option('--token <token>', 'the same on the command line; better: LEDGE_TOKEN')
    .hook('preAction', (program) => {
      program.setOptionValue('token', chosenToken(program, program.opts<TokenFlags>()));
    });
}

function chosenToken(program: Command, { token, tokenFile }: TokenFlags): string | undefined {
  if (token !== undefined && tokenFile !== undefined) {
    program.error('error: give --token-file or --token, not both');
  }
  if (token !== undefined) process.stderr.write(EXPOSED);
  const given =
    token ?? (tokenFile === undefined ? environmentToken() : tokenIn(program, tokenFile));
  if (given !== undefined && !/^[\x21-\x7e]+$/.test(given)) {
    program.error('error: the token is empty, or has characters that no header can contain');
  }
  return given;
}

function environmentToken(): string | undefined {
  return process.env.LEDGE_TOKEN || undefined;
}

function tokenIn(program: Command, file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const { code } = error instanceof Error && 'code' in error ? error : { code: 'unreadable' };
    return program.error(`error: the token file ${file} cannot be read (${code})`);
  }
}

function serverUrl(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new InvalidArgumentError('It is no http or https address.');
  }
  return text.replace(/(?<!\/)\/+$/, '');
}
