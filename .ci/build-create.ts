// `npm run build:package`: the package `create-ledge`, in dist/create-ledge and dist/create-ledge.tgz. The pins of its
// template are this repository's own, and it has what `ledge migrations` and `ledge schemas` generate for each process.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from './compile.ts';
import { must, pack } from './must.ts';
import { pinOf, publishedManifest, sourceManifest } from './package-manifest.ts';

const SOURCE = 'create-ledge';
const PACKAGE = 'dist/create-ledge';
const TEMPLATE = join(PACKAGE, 'lib/template');

rmSync(PACKAGE, { recursive: true, force: true });
await compile('node', [join(SOURCE, 'main.ts')], join(PACKAGE, 'lib'), SOURCE);
cpSync(join(SOURCE, 'template'), TEMPLATE, { recursive: true });
cpSync('LICENSE', join(PACKAGE, 'LICENSE'));
cpSync(join(SOURCE, 'README.md'), join(PACKAGE, 'README.md'));
pinTemplate();
const processes = readdirSync(join(SOURCE, 'template')).filter((part) => part !== 'app');
await Promise.all(processes.map(generate));
writeManifest();
await pack(PACKAGE, 'dist/create-ledge.tgz');

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
  await must(`node cli/main.ts migrations --app ${file} --out ${join(part, 'migrations')}`);
  await must(`node cli/main.ts schemas --app ${file} --lock ${join(part, 'src/events.lock.json')}`);
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
