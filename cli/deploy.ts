/**
/**
 * `ledge deploy [--env NAME]`: checks the project, brings an account to what the wrangler configuration describes, an
 * empty one too, and deploys. Repeatable: what exists is kept. Migrations come before code, and neither before the
 * database and the queues exist.
 */
import type { Unstable_Config } from 'wrangler';
import { commandText } from '../core/package-name.ts';
import { hasPersonalData } from '../core/personal-data.ts';
import { loadApp } from '../migrations/load-app.ts';
import { type Project, readProject } from '../migrations/project.ts';
import { findFaults, findNotes } from './check/find-faults.ts';
import { databasesOf } from './check/project-databases.ts';
import { cliCommand } from './cli-command.ts';
import { runWrangler, type WranglerRun } from './deploy/run-wrangler.ts';
import { workerSecretNames } from './deploy/worker-secrets.ts';

interface Options {
  readonly config?: string;
  readonly env?: string;
}

export const deploy = cliCommand(
  commandText('deploy'),
  'Creates what the account lacks, applies the migrations, deploys the Worker.',
  (program, exit) =>
    program
      .option('--config <file>', 'instead of wrangler.toml')
      .option('--env <name>', 'one of the environments in it')
      .action((options: Options) => exit(run(options).then(() => 0, fail))),
);

async function run(options: Options): Promise<void> {
  const place = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const faults = await findFaults(options);
  if (faults.length > 0) throw new Error(`${faults.join('\n')}\nNothing was changed.`);
  for (const note of await findNotes(options)) console.log(note);
  const wrangler: WranglerRun = (args, output) => runWrangler([...args, ...place], output);
  const project = readProject(options);
  const { config } = project;
  await createDatabases(wrangler, config);
  for (const queue of queuesOf(config)) await createQueue(wrangler, queue);
  await applyMigrations(wrangler, project);
  const { code } = await wrangler(['deploy'], 'inherit');
  if (code !== 0) {
    throw new Error(
      'The Worker was not deployed; the version that was running goes on, with the migrations applied. Mend what wrangler reports and run this again.',
    );
  }
  await notePersonalKey(wrangler, project);
}

/** A first deployment has no secrets: only a Worker that exists can be given some. */
async function notePersonalKey(run: WranglerRun, project: Project): Promise<void> {
  if (!hasPersonalData(await loadApp(project.app))) return;
  const found = await workerSecretNames(run);
  if ('names' in found && found.names.has('LEDGE_PERSONAL_KEY')) return;
  const state =
    'names' in found
      ? 'the Worker has no secret LEDGE_PERSONAL_KEY'
      : 'the secrets of the Worker could not be read';
  console.log(
    `The app has personal data, and ${state}. Without LEDGE_PERSONAL_KEY commands with personal data are answered with 503, and /ready fails. Run: ${commandText('access init --remote')}`,
  );
}

/** Without an id wrangler finds a database by its name, both for migrations and for the binding. */
async function createDatabases(run: WranglerRun, { d1_databases }: Unstable_Config): Promise<void> {
  const names = d1_databases.flatMap(({ database_id, database_name }) =>
    database_id || !database_name ? [] : [database_name],
  );
  if (names.length === 0) return;
  const listed = await run(['d1', 'list', '--json'], 'pipe');
  if (listed.code !== 0) {
    throw new Error(
      `${listed.text}\nThe account could not be read, nothing was changed. Log in with \`npx wrangler login\` or set CLOUDFLARE_API_TOKEN; with several accounts set CLOUDFLARE_ACCOUNT_ID as well.`,
    );
  }
  const existing: { name: string }[] = JSON.parse(listed.stdout);
  for (const name of names.filter((one) => existing.every((other) => other.name !== one))) {
    await create(run, ['d1', 'create', name, '--update-config=false'], `D1 database ${name}`);
  }
}

/** By producers, by consumers, and as the end of what a consumer gave up on. Each once. */
function queuesOf({ queues: { producers = [], consumers = [] } }: Unstable_Config): string[] {
  const names = [
    ...producers.map(({ queue }) => queue),
    ...consumers.flatMap(({ queue, dead_letter_queue }) => [queue, dead_letter_queue]),
  ];
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** `wrangler deploy` creates none that only a consumer names, and finds out after the migrations. */
async function createQueue(run: WranglerRun, queue: string): Promise<void> {
  const found = await run(['queues', 'info', queue], 'pipe');
  if (found.code === 0) return;
  if (!found.text.includes('does not exist')) {
    throw new Error(
      `${found.text}\nThe queue ${queue} could not be looked up. No migration was applied and nothing was deployed. Run this again.`,
    );
  }
  await create(run, ['queues', 'create', queue], `queue ${queue}`);
}

async function create(run: WranglerRun, args: readonly string[], what: string): Promise<void> {
  const { code, text } = await run(args, 'pipe');
  if (code === 0) return console.log(`Created the ${what}.`);
  throw new Error(
    `${text}\nThe ${what} could not be created. No migration was applied and nothing was deployed. Mend what wrangler reports and run this again: what exists is kept.`,
  );
}

/** Of Ledge's databases, and of others with a folder of migrations. */
async function applyMigrations(run: WranglerRun, project: Project): Promise<void> {
  const own = databasesOf(project).map(({ binding }) => binding);
  for (const { binding, migrations_dir } of project.config.d1_databases) {
    if (!migrations_dir && !own.includes(binding)) continue;
    const { code } = await run(['d1', 'migrations', 'apply', binding, '--remote'], 'inherit');
    if (code === 0) continue;
    throw new Error(
      `The migrations of ${binding} were not applied, so nothing was deployed: the version that was running goes on. Mend the migration that wrangler names and run this again; those before it are kept.`,
    );
  }
}

function fail(error: unknown): number {
  console.error(error instanceof Error ? error.message : String(error));
  return 1;
}
