/**
 * One copy of what is shared: a schema or a table of another copy of zod or drizzle-orm is a stranger to Ledge, and
 * tests on another workerd than `ledge dev` prove nothing about it.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import * as z from 'zod';

const SHARED = ['zod', 'drizzle-orm'];

/** What brings a workerd, each by its own miniflare. */
const RUNTIMES = ['wrangler', '@cloudflare/vitest-plugin', '@cloudflare/vite-plugin'];

interface Package {
  readonly folder: string;
  readonly version: string;
}

/** `ledge` is a folder from which Ledge's own packages are found. */
export function packageFaults(project: string, ledge = import.meta.dirname): string[] {
  return [...SHARED.flatMap((name) => copyFaults(name, project, ledge)), ...runtimeFaults(project)];
}

function copyFaults(name: string, project: string, ledge: string): string[] {
  const [own, theirs] = [findPackage(name, ledge), findPackage(name, project)];
  if (!theirs) return [`${name} is not installed: run npm install ${name}@${own?.version}.`];
  if (!own || own.folder === theirs.folder) return [];
  return [
    `There are two copies of ${name}, the project's ${text(theirs)} and Ledge's ${text(own)}: ask for one version in package.json and run npm dedupe.`,
  ];
}

function runtimeFaults(project: string): string[] {
  const found = RUNTIMES.flatMap((tool) => {
    const miniflare = findPackage('miniflare', findPackage(tool, project)?.folder);
    const version = findPackage('workerd', miniflare?.folder)?.version;
    return version === undefined ? [] : [{ tool, version }];
  });
  if (new Set(found.map(({ version }) => version)).size < 2) return [];
  const copies = found.map(({ tool, version }) => `${version} of ${tool}`).join(', ');
  return [
    `There are several workerd, ${copies}: bring these packages to releases that share one, and pin them exactly.`,
  ];
}

const manifest = z.object({ version: z.string() });

/** As Node finds it: in the nearest `node_modules` upwards, whatever the package exports. */
function findPackage(name: string, from: string | undefined): Package | undefined {
  if (from === undefined) return undefined;
  const folder = join(from, 'node_modules', name);
  const file = join(folder, 'package.json');
  if (existsSync(file)) {
    const { version } = manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { folder: realpathSync(folder), version };
  }
  return dirname(from) === from ? undefined : findPackage(name, dirname(from));
}

function text({ folder, version }: Package): string {
  return `${version} in ${relative('.', folder)}`;
}
