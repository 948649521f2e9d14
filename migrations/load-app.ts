/** The app that the scripts of this folder are run for: what a module exports as `app`. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { App } from '../core/app.ts';

/** @throws Error with a sentence where there is none */
export async function loadApp(path: string): Promise<App> {
  const file = resolve(path);
  if (!existsSync(file))
    fail(`There is no file ${path}. --app names the module that exports the app.`);
  const { app }: { app?: App } = await import(pathToFileURL(file).href);
  return app ?? fail(`${path} does not export app: export const app = defineApp({ … }).`);
}

export function fail(message: string): never {
  throw new Error(message);
}

/** Runs a command of this folder: whatever it throws is printed as a sentence. */
export async function exitCodeOf(run: Promise<void>): Promise<number> {
  try {
    await run;
    return 0;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  }
}
