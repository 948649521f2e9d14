/**
 * Keeps the local database up to the migrations while the server runs, which reloads code but no tables: a new
 * migration is applied, and a definition whose table no migration creates is reported.
 */
import { existsSync, readdirSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { tableFaults } from '../../migrations/compare-tables.ts';
import { loadApp } from '../../migrations/load-app.ts';
import type { Project } from '../../migrations/project.ts';

/** Chosen by us: an editor saves, and a checkout writes, in several steps. */
const SETTLE_MS = 300;

export interface Applied {
  readonly code: number;
  readonly text: string;
}

export function watchTables(
  { app, migrations }: Project,
  apply: () => Promise<Applied>,
  stop: AbortSignal,
): void {
  if (existsSync(migrations)) onChange(migrations, applying(migrations, apply), stop);
  if (existsSync(app)) onChange(dirname(app), reporting(migrations, app), stop);
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

/** Each fault once: most changes of the domain change no table. */
function reporting(folder: string, file: string): () => Promise<void> {
  let reported: readonly string[] = [];
  return async () => {
    const faults = await loadApp(file)
      .then((app) => tableFaults(folder, app))
      // A domain that does not build is wrangler's to report.
      .catch(() => reported);
    for (const fault of faults) if (!reported.includes(fault)) console.error(fault);
    reported = faults;
  };
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
