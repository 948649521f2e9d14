/** The app of a project and its access rules: what their modules export. Read again at each call. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Access } from '../core/access/define-access.ts';
import type { App } from '../core/app.ts';
import { type Bundle, bundle, bundleTogether } from './bundle.ts';
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

export interface Definitions {
  readonly app: App;
  /** Undefined where the project has none. */
  readonly access: Access | undefined;
}

/**
 * Both at once: the rules import the app, which is loaded once.
 *
 * @throws Error with a sentence
 */
export async function loadDefinitions(paths: {
  readonly app: string;
  readonly access: string | undefined;
}): Promise<Definitions> {
  const { access: path } = paths;
  if (path === undefined || !existsSync(paths.app) || !existsSync(path)) {
    const app = await loadApp(paths.app);
    return { app, access: path === undefined ? undefined : await loadAccess(path) };
  }
  const files = [paths.app, path].map((file) => resolve(file));
  const loaded = await importText<LoadedModules>(resolve(paths.app), () =>
    bundleTogether(files),
  ).catch(async (error: unknown) => {
    // The app's own failure is named by its own path.
    await loadApp(paths.app);
    throw new Error(`${path} cannot be loaded: ${messageOf(error)}`);
  });
  const { module0, module1 } = loaded;
  return { app: module0.app ?? (await loadApp(paths.app)), access: module1.access };
}

interface LoadedModule {
  readonly app?: App;
  readonly access?: Access;
}

/** As `bundleTogether` names them. */
interface LoadedModules {
  readonly module0: LoadedModule;
  readonly module1: LoadedModule;
}

async function loadModule(path: string, hint: string): Promise<LoadedModule> {
  const file = resolve(path);
  if (!existsSync(file)) throw new Error(`There is no file ${path}. ${hint}`);
  return importText<LoadedModule>(file, () => bundle(file)).catch((error: unknown) => {
    throw new Error(`${path} cannot be loaded: ${messageOf(error)}`);
  });
}

/** The module that `build` makes, evaluated. `file`: whose package resolves the imports. */
export async function importText<Module>(
  file: string,
  build: () => Promise<Bundle>,
): Promise<Module> {
  const { code } = await build();
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
