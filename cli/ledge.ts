/** `ledge <command> [arguments]` as a function: finds the command and runs it, or prints what there is. */
import { commandText, PACKAGE_NAME } from '../core/package-name.ts';
import { type CommandEntry, commands } from './commands.ts';
import { didYouMean } from './did-you-mean.ts';
import { oldNodeReason } from './node-version.ts';
import { packageVersion } from './package-version.ts';

/** @returns the exit code of the process */
export async function ledge([name, ...argv]: readonly string[]): Promise<number> {
  const reason = oldNodeReason(process.versions.node);
  if (reason !== undefined) return failed(reason);
  if (name === undefined) return failed(helpText());
  if (['--help', '-h', 'help'].includes(name)) return printed(helpText());
  if (['--version', '-V'].includes(name)) return printed(packageVersion());
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) {
    const hint = didYouMean(name, Object.keys(commands));
    return failed(`error: there is no command ${name}. ${hint}`);
  }
  if (entry.usage !== undefined && isHelpAsked(argv)) return printed(usageText(name, entry));
  const command = await entry.load();
  return command(argv);
}

function isHelpAsked(argv: readonly string[]): boolean {
  return argv.includes('--help') || argv.includes('-h');
}

function usageText(name: string, { usage, summary }: CommandEntry): string {
  return `Usage: ${commandText(name)} ${usage}\n\nIt ${summary}.`;
}

function helpText(): string {
  const width = Math.max(...Object.keys(commands).map(({ length }) => length));
  const lines = Object.entries(commands).map(
    ([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`,
  );
  return [
    `Usage: ${PACKAGE_NAME} <command> [arguments]`,
    '',
    'Commands:',
    ...lines,
    '',
    `${PACKAGE_NAME} <command> --help describes one; ${PACKAGE_NAME} --version prints the version.`,
  ].join('\n');
}

function printed(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function failed(text: string): number {
  process.stderr.write(`${text}\n`);
  return 1;
}
