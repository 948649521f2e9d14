/**
 * `ledge dev [options of wrangler dev]`: Ledge on this machine. Checks the project, brings the local database up to date
 * and keeps it so, starts the Worker without asking for credentials, and prints its address once healthy.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandText } from '../core/package-name.ts';
import { type Project, readProject } from '../migrations/project.ts';
import { abortOnSignal } from './abort-on-signal.ts';
import { findFaults } from './check/find-faults.ts';
import { databasesOf } from './check/project-databases.ts';
import { devHosts } from './dev/dev-hosts.ts';
import { type DevOptions, devOptions, LOOPBACK } from './dev/dev-options.ts';
import { type LocalState, localState } from './dev/memory-state.ts';
import { personalKeyVars } from './dev/personal-key.ts';
import { type Applied, watchTables } from './dev/watch-tables.ts';
import { apiDocument, welcome } from './dev/welcome.ts';
import { freePort, isTaken, runWrangler, startWrangler } from './dev-wrangler.ts';

const HEALTH_POLL_MS = 200;
const PARENT_POLL_MS = 500;

export async function dev(argv: readonly string[]): Promise<number> {
  const stop = new AbortController();
  abortOnSignal(stop);
  abortWithParent(stop);
  try {
    return await runOn(localState(argv), stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 0;
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    // Whatever still waits or watches ends with it.
    stop.abort();
  }
}

async function runOn({ argv, notice, remove }: LocalState, stop: AbortSignal): Promise<number> {
  try {
    const options = devOptions(argv);
    if (notice !== undefined) console.log(notice);
    return await run(options, stop);
  } finally {
    remove();
  }
}

/** npm and its shell end on a SIGTERM that they do not pass on: what they started would run on without them. */
function abortWithParent(stop: AbortController): void {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return;
  setInterval(() => process.ppid !== parent && stop.abort(), PARENT_POLL_MS).unref();
}

async function run(options: DevOptions, stop: AbortSignal): Promise<number> {
  const { host } = options;
  const port = options.port === 0 ? await freePort(host) : options.port;
  if (await isTaken(host, port)) {
    throw new Error(
      `Port ${port} is taken. Stop what listens there, or: ${commandText(`dev --port ${port + 1}`)}`,
    );
  }
  const project = readProject(projectFlags(options));
  // Work in progress has faults: the server starts all the same, a deployment does not.
  for (const fault of await findFaults(projectFlags(options))) console.error(fault);
  stop.throwIfAborted();
  await migrate(options, project, stop);
  stop.throwIfAborted();
  return serve({ options, project, origin: `http://${host}:${port}`, port }, stop);
}

function projectFlags({ configFile: config, environment: env }: DevOptions) {
  return { config, env };
}

/** A fresh checkout has no local tables, and a pull may bring new ones. */
async function migrate(options: DevOptions, project: Project, stop: AbortSignal): Promise<void> {
  const { code, text } = await applyMigrations(options, project, stop);
  if (code !== 0) throw new Error(`${text}\nThe local database could not be migrated.`);
}

/** To each database; those behind one that fails are left as they are. */
async function applyMigrations(
  { place }: DevOptions,
  project: Project,
  stop: AbortSignal,
): Promise<Applied> {
  let applied: Applied = { code: 0, text: '' };
  for (const { binding } of databasesOf(project)) {
    applied = await runWrangler(['d1', 'migrations', 'apply', binding, '--local', ...place], stop);
    if (applied.code !== 0) break;
  }
  return applied;
}

interface Server {
  readonly options: DevOptions;
  readonly project: Project;
  readonly origin: string;
  readonly port: number;
}

/** Runs until wrangler ends, asked to or because the Worker does not build: then wrangler prints why. */
async function serve(
  { options, project, origin, port }: Server,
  stop: AbortSignal,
): Promise<number> {
  const hosts = devHosts(openIpOf(options), process.env.LEDGE_DEV_HOSTS);
  const local = [
    '--var=LEDGE_LOCAL_DEVELOPMENT:true',
    ...(hosts === '' ? [] : [`--var=LEDGE_DEV_HOSTS:${hosts}`]),
    ...personalKeyVars(project, options),
    '--show-interactive-dev-session=false',
  ];
  const wrangler = startWrangler(['dev', ...local, `--port=${port}`, ...options.forwarded]);
  stop.addEventListener('abort', wrangler.stop);
  if (stop.aborted) wrangler.stop();
  watchTables(project, () => applyMigrations(options, project, stop), stop);
  announce({ options, project, origin }, stop).catch((error: unknown) => {
    if (stop.aborted) return;
    console.log(`Ledge listens on ${origin}. Its OpenAPI document could not be read: ${error}`);
  });
  return wrangler.ended;
}

async function announce(
  { options, project, origin }: Omit<Server, 'port'>,
  stop: AbortSignal,
): Promise<void> {
  while (!(await answers(`${origin}/health`))) {
    await sleep(HEALTH_POLL_MS, undefined, { signal: stop });
  }
  const document = await fetch(`${origin}/openapi.json`).then((response) => response.json());
  const openIp = openIpOf(options);
  console.log(welcome({ origin, openIp, ...servedBy(project) }, apiDocument.parse(document)));
}

/** What the project's assets have: the console, and the folders in `pages/`. */
function servedBy({ config: { configPath = '.', assets } }: Project) {
  if (!assets) return { hasConsole: false, pages: [] };
  const folder = join(dirname(configPath), assets.directory ?? '');
  const pages = join(folder, 'pages');
  return {
    hasConsole: existsSync(join(folder, 'console/index.html')),
    pages: existsSync(pages) ? readdirSync(pages) : [],
  };
}

/** The address beyond this machine's own loopback that the server listens on. */
function openIpOf({ ip }: DevOptions): string | undefined {
  return LOOPBACK.includes(ip) ? undefined : ip;
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}
