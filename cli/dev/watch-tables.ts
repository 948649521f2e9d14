/**
 * Keeps the local database up to the migrations while the server runs, which reloads code but no tables: a new
 * migration is applied, and a definition whose table no migration creates is reported.
 */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, watch } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Unstable_Config, unstable_readConfig } from 'wrangler';
import type { DevOptions } from './dev-options.ts';

/** Chosen by us: an editor saves, and a checkout writes, in several steps. */
const SETTLE_MS = 300;

const APP = 'domain/app.ts';
const ledge = join(import.meta.dirname, '../main.ts');

export interface Applied {
  readonly code: number;
  readonly text: string;
}

export function watchTables(
  { configFile, environment }: DevOptions,
  apply: () => Promise<Applied>,
  stop: AbortSignal,
): void {
  const folder = migrationsFolder(configFile, environment);
  if (folder === undefined || !existsSync(folder)) return;
  const report = missingTables(folder);
  void report();
  onChange(folder, applying(folder, apply), stop);
  if (existsSync(APP)) onChange(dirname(APP), report, stop);
}

function migrationsFolder(config?: string, env?: string): string | undefined {
  const place: { config?: string; env?: string } = {
    ...(config !== undefined && { config }),
    ...(env !== undefined && { env }),
  };
  const { configPath, d1_databases }: Unstable_Config = unstable_readConfig(place, {
    hideWarnings: true,
  });
  const folder = d1_databases.find(({ binding }) => binding === 'DB')?.migrations_dir;
  return folder && resolve(dirname(configPath ?? ''), folder);
}

/** Files that are there from the beginning were applied before the server started. */
function applying(folder: string, apply: () => Promise<Applied>): () => Promise<void> {
  const known = new Set(readdirSync(folder));
  return async () => {
    const fresh = readdirSync(folder).filter((name) => name.endsWith('.sql') && !known.has(name));
    if (fresh.length === 0) return;
    const { code, text } = await apply();
    if (code === 0) {
      for (const name of fresh) known.add(name);
      console.log(`Applied ${fresh.join(', ')}.`);
    } else {
      console.error(`${text}\n${fresh.join(', ')} could not be applied. Correct it and save it.`);
    }
  };
}

/** Says each thing once: most changes of the domain change no table. */
function missingTables(folder: string): () => Promise<void> {
  let said = '';
  return async () => {
    if (!existsSync(APP)) return;
    const output = await checkOutput(folder);
    if (output !== said && output !== '') console.error(output);
    said = output;
  };
}

/** In a process of its own: a module that was imported once is never read again. */
function checkOutput(folder: string): Promise<string> {
  return new Promise((settle) => {
    const command = [ledge, 'migrations', '--check', '--app', APP, '--out', folder];
    // A domain that does not build is wrangler's to report.
    execFile(process.execPath, command, (_error, _stdout, stderr) =>
      settle(/^(No migration|Table) .*/.exec(stderr)?.[0] ?? ''),
    );
  });
}

/** Changes that come together, or while the last ones are handled, are handled once, afterwards. */
function onChange(folder: string, handle: () => Promise<void>, stop: AbortSignal): void {
  let timer: NodeJS.Timeout | undefined;
  let handled = Promise.resolve();
  const settled = () => {
    handled = handled.then(handle);
  };
  watch(folder, { recursive: true, signal: stop }, () => {
    clearTimeout(timer);
    timer = setTimeout(settled, SETTLE_MS);
  });
}
