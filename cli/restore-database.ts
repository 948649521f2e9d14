/**
 * `ledge restore-database --to 2026-11-26T10:00:00Z --confirm ledge`: D1 as it was at a moment, and every stream up to
 * its object's head again. The only supported way back: docs/operations.md.
 */
import { spawn } from 'node:child_process';
import { InvalidArgumentError } from 'commander';
import { commandText } from '../core/package-name.ts';
import { runWrangler } from './dev-wrangler.ts';
import { type Conclusion, type Flags, operatorCommand } from './operations/command-line.ts';
import { NoAnswer } from './operations/server.ts';
import { openProgressLines } from './progress-display.ts';
import { type RestoredDatabase, restoreDatabase } from './restore/restore-database.ts';

interface RestoreFlags {
  readonly to: string;
  readonly database: string;
  readonly confirm?: string;
  readonly file?: string;
  readonly putBack?: string;
}

/** Chosen by us: what a person reads on a screen. */
const LISTED_MAX = 20;

export const restore = operatorCommand(
  'restore-database',
  'Restores D1 to a moment and brings every stream up to date.',
  (program, conclude) =>
    program
      .requiredOption('--to <time>', 'the moment, like 2026-11-26T10:00:00Z', moment)
      .option('--database <name>', 'of the wrangler configuration', 'ledge')
      .option('--confirm <name>', "the database's name: without it nothing is done")
      .option('--file <path>', 'keeps the list and the steps; the same file resumes')
      .option('--put-back <command>', 'in place of Time Travel; LEDGE_RESTORE_TO has the moment')
      .action((own: RestoreFlags) => conclude((flags) => run(flags, own))),
);

function moment(text: string): string {
  const ms = Date.parse(text);
  if (!/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(ms)) {
    throw new InvalidArgumentError('It is no time with a date and a zone.');
  }
  if (ms >= Date.now()) throw new InvalidArgumentError('It is not in the past.');
  return new Date(ms).toISOString();
}

async function run(flags: Flags, own: RestoreFlags): Promise<Conclusion> {
  const { to, database, confirm, putBack } = own;
  if (confirm !== database) {
    const text = `Nothing was done. Everything in ${database} since ${to} is taken back and made again from the objects: confirm with --confirm ${database}`;
    return { ok: false, text, answer: { confirmed: false } };
  }
  const file = own.file ?? `restore-${to.replaceAll(':', '-')}.ndjson`;
  const lines = flags.json ? undefined : openProgressLines();
  const restored = await restoreDatabase({
    ...{ server: flags, to, file },
    putBack: putBack === undefined ? timeTravel(database) : byCommand(putBack),
    show: (text) => lines?.show(() => ({ share: 0, text })),
  }).catch((error: unknown) => {
    throw new NoAnswer(`${messageOf(error)} The steps so far are in ${file}; run it again.`, false);
  });
  return concluded(restored);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Migrations after the moment were taken back as well: they are applied again before anything reads the tables. */
function timeTravel(database: string) {
  return async (to: string): Promise<void> => {
    await wrangler(['d1', 'time-travel', 'restore', database, `--timestamp=${to}`]);
    await wrangler(['d1', 'migrations', 'apply', database, '--remote']);
  };
}

async function wrangler(args: readonly string[]): Promise<void> {
  const { code, text } = await runWrangler(args);
  if (code !== 0) throw new Error(`wrangler ${args.join(' ')} failed: ${text}`);
}

function byCommand(command: string) {
  return async (to: string): Promise<void> => {
    const env = { ...process.env, LEDGE_RESTORE_TO: to };
    const child = spawn(command, { shell: true, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const code = await new Promise((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    });
    if (code !== 0) throw new Error(`${command} ended with ${code}.`);
  };
}

function concluded(restored: RestoredDatabase): Conclusion {
  const { streams, left, checked, differences } = restored;
  const lines = left.slice(0, LISTED_MAX).map(({ key, because }) => `  ${key}: ${because}`);
  const text = [
    `${streams - left.length} of ${streams} streams are at their heads; ${checked} events compared, ${differences} differ.`,
    ...lines,
    `Verify the projections next: ${commandText('projections verify <projection>')}`,
  ];
  return { ok: left.length === 0 && differences === 0, text: text.join('\n'), answer: restored };
}
