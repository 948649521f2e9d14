/** The files of a new app: those that every app has, and those of its process. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AppChoice } from './app-choice.ts';

const TEMPLATE = fileURLToPath(new URL('./template', import.meta.url));

/** By path from the app's folder: the text of each file. */
export type AppFiles = ReadonlyMap<string, string>;

export function appFiles({ name, process }: Pick<AppChoice, 'name' | 'process'>): AppFiles {
  const files = ['app', process].flatMap((part) => filesOf(join(TEMPLATE, part)));
  const values = { name, node: neededNode(), number: numberOf(name) };
  return new Map(files.map(([path, text]) => [path, filledIn(text, values)]));
}

/** The same for the same name: what begins the ids of its rate limits, which an account has once. */
function numberOf(name: string): string {
  const digest = createHash('sha256').update(name).digest();
  return String(100_000 + (digest.readUInt32BE() % 900_000));
}

/** `{{name}}` and so on. */
function filledIn(text: string, values: Readonly<Record<string, string>>): string {
  return Object.entries(values).reduce(
    (filled, [name, value]) => filled.replaceAll(`{{${name}}}`, value),
    text,
  );
}

function filesOf(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      return [appPath(relative(folder, file)), readFileSync(file, 'utf8')];
    });
}

/** npm packs no `.gitignore`, and reads one in a package: names that begin with a dot have an underscore here. */
function appPath(path: string): string {
  return path
    .split(sep)
    .map((part) => part.replace(/^_/, '.'))
    .join('/');
}

interface TemplateManifest {
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

export function templateManifest(): TemplateManifest {
  return JSON.parse(readFileSync(join(TEMPLATE, 'app/package.json'), 'utf8'));
}

/** The oldest Node that the app's tools run on, `22.13`. */
export function neededNode(): string {
  return templateManifest().engines.node.replace(/^>=/, '');
}
