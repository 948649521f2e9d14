// `npm run build:package`: the package `create-ledge`, in dist/create-ledge. The pins of its template are this repository's
// own, and what `ledge migrations` and `ledge schemas` generate for an app of each process is part of it.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.ts';
import { pinOf, publishedManifest, sourceManifest } from './package-manifest.ts';
import { run } from './run-command.ts';

const SOURCE = 'create-ledge';
const PACKAGE = 'dist/create-ledge';
const TEMPLATE = join(PACKAGE, 'lib/template');

rmSync(PACKAGE, { recursive: true, force: true });
await compile('node', [join(SOURCE, 'main.ts')], join(PACKAGE, 'lib'), SOURCE);
cpSync(join(SOURCE, 'template'), TEMPLATE, { recursive: true });
cpSync('LICENSE', join(PACKAGE, 'LICENSE'));
pinTemplate();
for (const part of readdirSync(join(SOURCE, 'template'))) if (part !== 'app') await generate(part);
writeManifest();

/** Exactly what is tested here, and this release of the package itself. */
function pinTemplate(): void {
  const file = join(TEMPLATE, 'app/package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const pinned = (names: object) =>
    Object.fromEntries(
      Object.keys(names).map((name) => [
        name,
        name === sourceManifest.name ? sourceManifest.version : pinOf(name),
      ]),
    );
  const { engines } = publishedManifest();
  const dependencies = pinned(manifest.dependencies);
  const devDependencies = pinned(manifest.devDependencies);
  writeJson(file, { ...manifest, engines, dependencies, devDependencies });
}

/** The app is put together outside of the package: there `ledge` is this repository by its own name. */
async function generate(process: string): Promise<void> {
  const app = join('dist/create-apps', process);
  rmSync(app, { recursive: true, force: true });
  for (const part of ['app', process]) {
    cpSync(join(SOURCE, 'template', part, 'src'), join(app, 'src'), { recursive: true });
  }
  const file = join(app, 'src/app.ts');
  const part = join(TEMPLATE, process);
  mkdirSync(join(part, 'migrations'), { recursive: true });
  const lock = join(part, 'src/events.lock.json');
  for (const args of [
    ['migrations', '--app', file, '--out', join(part, 'migrations')],
    ['schemas', '--app', file, '--lock', lock],
  ]) {
    const { code, text } = await run(['node', 'cli/main.ts', ...args], 'pipe');
    if (code !== 0) throw new Error(`${args.join(' ')}\n${text}`);
  }
}

function writeManifest(): void {
  const {
    private: _unpublished,
    bin,
    ...manifest
  } = JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8'));
  writeJson(join(PACKAGE, 'package.json'), {
    ...manifest,
    name: `create-${sourceManifest.name}`,
    version: sourceManifest.version,
    bin: { [`create-${sourceManifest.name}`]: './lib/main.js' },
    files: ['lib'],
  });
}

function writeJson(file: string, value: object): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
