/**
 * `ledge restore-database --to 2026-11-26T10:00:00Z --confirm ledge`: D1 as it was at a moment, and every stream up to
 * its object's head again. The only supported way back: docs/operations.md.
 */
import { spawn } from 'node:child_process';
import { InvalidArgumentError } from 'commander';
import { commandText } from '../core/package-name.ts';
import { messageOf, readProject } from '../migrations/project.ts';
import { databasesOf, type ProjectDatabase } from './check/project-databases.ts';
import { runWrangler } from './deploy/run-wrangler.ts';
import { type Conclusion, type Flags, operatorCommand } from './operations/command-line.ts';
import { columns } from './operations/plain-text.ts';
import { NoAnswer } from './operations/server.ts';
import { textLines } from './operations/text-lines.ts';
import { type RestoredDatabase, restoreDatabase } from './restore/restore-database.ts';

interface RestoreFlags {
  readonly to: string;
  readonly database?: string;
  readonly config?: string;
  readonly env?: string;
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
      .option('--database <binding>', 'which of several, like DB_2')
      .option('--config <file>', 'instead of wrangler.toml')
      .option('--env <name>', 'one of the environments in it')
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
  const { to, confirm, putBack } = own;
  const { binding, name, shownName, isOneOfSeveral } = chosenDatabase(own);
  if (confirm !== shownName) {
    const text = `Nothing was done. Everything in ${shownName} since ${to} is taken back and made again from the objects: confirm with --confirm ${shownName}`;
    return { ok: false, text, answer: { confirmed: false } };
  }
  const server = { ...flags, database: isOneOfSeveral ? name : undefined };
  const of = isOneOfSeveral ? `${name}-` : '';
  const file = own.file ?? `restore-${of}${to.replaceAll(':', '-')}.ndjson`;
  const restored = await restoreDatabase({
    ...{ server, to, file },
    putBack: putBack === undefined ? timeTravel(binding, own) : byCommand(putBack),
    show: textLines(flags),
  }).catch((error: unknown) => {
    throw new NoAnswer(`${messageOf(error)} The steps so far are in ${file}; run it again.`, false);
  });
  return concluded(restored);
}

interface ChosenDatabase extends ProjectDatabase {
  /** As the account calls it: what an operator confirms. */
  readonly shownName: string;
  readonly isOneOfSeveral: boolean;
}

/** @throws NoAnswer where none is meant, or several could be */
function chosenDatabase(own: RestoreFlags): ChosenDatabase {
  const databases = databasesOf(readProject({ config: own.config, env: own.env }));
  const [first, ...further] = databases;
  const chosen =
    own.database === undefined && further.length === 0
      ? first
      : databases.find(({ name }) => name === own.database);
  if (!chosen) {
    const rows = databases.map((one) => [one.name, one.database_name ?? one.binding]);
    const list = columns(rows).map((line) => `  ${line}`);
    const text =
      list.length === 0
        ? 'No database is bound here: run it in the folder of the project, or name its wrangler configuration with --config.'
        : `Nothing was done. Name the database with --database:\n${list.join('\n')}`;
    throw new NoAnswer(text, false);
  }
  const shownName = chosen.database_name ?? chosen.binding;
  return { ...chosen, shownName, isOneOfSeveral: further.length > 0 };
}

/** Migrations after the moment were taken back as well: they are applied again before anything reads the tables. */
function timeTravel(binding: string, { config, env }: RestoreFlags) {
  const place = [
    ...(config === undefined ? [] : [`--config=${config}`]),
    ...(env === undefined ? [] : [`--env=${env}`]),
  ];
  return async (to: string): Promise<void> => {
    await wrangler(['d1', 'time-travel', 'restore', binding, `--timestamp=${to}`, ...place]);
    await wrangler(['d1', 'migrations', 'apply', binding, '--remote', ...place]);
  };
}

async function wrangler(args: readonly string[]): Promise<void> {
  const { code, text } = await runWrangler(args, 'pipe');
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
