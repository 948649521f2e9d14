/**
 * The project that a command works on: where its app, its events lock, its migrations and its D1 database are, read from
 * package.json (`"ledge": { "app": … }`) and from the wrangler configuration.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type Unstable_Config, unstable_readConfig } from 'wrangler';
import * as z from 'zod';
import {
  type BindingName,
  bindingNames,
  DEFAULT_QUEUE,
} from '../core/protocol/deployment-names.ts';

/** What the command line gives instead; its paths begin at the working directory. */
export interface ProjectFlags {
  readonly app?: string | undefined;
  readonly lock?: string | undefined;
  /** The folder of migrations. */
  readonly out?: string | undefined;
  readonly config?: string | undefined;
  readonly env?: string | undefined;
}

/** Paths are relative to the working directory, as a person reads them. */
export interface Project {
  /** The folder of package.json. */
  readonly folder: string;
  /** The module that exports `app`. */
  readonly app: string;
  readonly lock: string;
  /** The module that exports `access`; undefined where there is none. */
  readonly access: string | undefined;
  readonly migrations: string;
  /** The folder of what consumers rely on. */
  readonly contracts: string;
  /** The project's name of each binding. */
  readonly bindings: Readonly<Record<BindingName, string>>;
  /** The name of Ledge's queue, without an environment's suffix. */
  readonly queue: string;
  /** Wrangler's defaults, without a `configPath`, where no file is found. */
  readonly config: Unstable_Config;
}

const DEFAULTS = { app: 'src/app.ts', lock: 'events.lock.json', contracts: 'contracts' };

const settingsSchema = z.object({
  app: z.string().default(DEFAULTS.app),
  lock: z.string().optional(),
  access: z.string().optional(),
  contracts: z.string().default(DEFAULTS.contracts),
  /** As `ledge(app, { bindings, queue })` has them. */
  bindings: z.partialRecord(z.enum(bindingNames), z.string()).default({}),
  queue: z.string().default(DEFAULT_QUEUE),
});

/** @throws Error with a sentence, for a configuration that cannot be read */
export function readProject(flags: ProjectFlags = {}): Project {
  const config = readConfig(flags);
  const folder = packageFolder(dirname(config.configPath ?? '.')) ?? resolve('.');
  const settings = readSettings(join(folder, 'package.json'));
  const app = flags.app ?? shown(folder, settings.app);
  // An app that is given has its lock and its contracts beside it.
  const bindings = namedBindings(settings.bindings);
  const besideApp = join(dirname(app), DEFAULTS.lock);
  const lock = settings.lock === undefined || flags.app ? besideApp : shown(folder, settings.lock);
  return {
    folder,
    app,
    lock: flags.lock ?? lock,
    access: accessModule(folder, app, settings.access),
    contracts: flags.app
      ? join(dirname(app), DEFAULTS.contracts)
      : shown(folder, settings.contracts),
    migrations: flags.out ?? migrationsFolder(config, bindings.DB, folder),
    bindings,
    queue: settings.queue,
    config,
  };
}

/** The configured module, or `access.ts` beside the app where there is one. */
function accessModule(folder: string, app: string, configured?: string): string | undefined {
  if (configured !== undefined) return shown(folder, configured);
  const besideApp = join(dirname(app), 'access.ts');
  return existsSync(besideApp) ? besideApp : undefined;
}

/** A binding without a name of the project's own has Ledge's. */
function namedBindings(own: Partial<Record<BindingName, string>>): Record<BindingName, string> {
  const names = bindingNames.map((name) => [name, own[name] ?? name]);
  // The keys are the names.
  return Object.fromEntries(names) as Record<BindingName, string>;
}

/** The nearest folder upwards with a package.json. */
export function packageFolder(from: string): string | undefined {
  const folder = resolve(from);
  if (existsSync(join(folder, 'package.json'))) return folder;
  return dirname(folder) === folder ? undefined : packageFolder(dirname(folder));
}

function readConfig({ config, env }: ProjectFlags): Unstable_Config {
  const place = { ...(config !== undefined && { config }), ...(env !== undefined && { env }) };
  try {
    return unstable_readConfig(place, { hideWarnings: true });
  } catch (error) {
    throw new Error(`The wrangler configuration cannot be read: ${messageOf(error)}`);
  }
}

function readSettings(file: string): z.output<typeof settingsSchema> {
  if (!existsSync(file)) return settingsSchema.parse({});
  try {
    const { ledge = {} } = z
      .object({ ledge: z.unknown().optional() })
      .parse(JSON.parse(readFileSync(file, 'utf8')));
    return settingsSchema.parse(ledge);
  } catch (error) {
    const fault = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new Error(`"ledge" in ${shown('.', file)} cannot be read: ${fault}`);
  }
}

/**
 * The folder of a binding's database. Wrangler's own default is a folder `migrations` beside its configuration.
 * `folder`: of package.json.
 */
export function migrationsFolder(
  config: Unstable_Config,
  database: string,
  folder: string,
): string {
  const { migrations_dir } = config.d1_databases.find(({ binding }) => binding === database) ?? {};
  const from = config.configPath === undefined ? folder : dirname(config.configPath);
  return shown(from, migrations_dir ?? 'migrations');
}

function shown(from: string, path: string): string {
  return relative('.', resolve(from, path));
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
