/** The app of a project and its access rules: what their modules export. Read again at each call. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Access } from '../core/access/define-access.ts';
import type { App } from '../core/app.ts';
import { bundle } from './bundle.ts';
import { messageOf, packageFolder } from './project.ts';

let loads = 0;

/** @throws Error with a sentence */
export async function loadApp(path: string): Promise<App> {
  const { app } = await loadModule(
    path,
    `--app, or "ledge": { "app": … } in package.json, names the module that exports the app.`,
  );
  if (app) return app;
  throw new Error(`${path} does not export app: export const app = defineApp({ … }).`);
}

/** Undefined where the module exports none. @throws Error with a sentence */
export async function loadAccess(path: string): Promise<Access | undefined> {
  const { access } = await loadModule(
    path,
    '"ledge": { "access": … } in package.json names the module that exports the access rules.',
  );
  return access;
}

interface LoadedModule {
  readonly app?: App;
  readonly access?: Access;
}

async function loadModule(path: string, hint: string): Promise<LoadedModule> {
  const file = resolve(path);
  if (!existsSync(file)) throw new Error(`There is no file ${path}. ${hint}`);
  return importBundled(file).catch((error: unknown) => {
    throw new Error(`${path} cannot be loaded: ${messageOf(error)}`);
  });
}

async function importBundled(file: string): Promise<LoadedModule> {
  const { code } = await bundle(file);
  // Inside the package's own folder, where Node finds its packages and the package itself by name.
  const folder = join(packageFolder(dirname(file)) ?? resolve('.'), '.wrangler/ledge');
  const bundled = join(folder, `app-${process.pid}-${++loads}.mjs`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(bundled, code);
  try {
    return await import(pathToFileURL(bundled).href);
  } finally {
    rmSync(bundled);
  }
}
