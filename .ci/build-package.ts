// `npm run build:package`: the package as it is published, in dist/package and dist/ledge.tgz. Its map of exports is that of the source tree,
// each file compiled to ESM and declarations; everything else of its package.json is made here.

import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildAppAssets, copyExplorersLicense } from '../client/console/build.ts';
import { compile } from './compile.ts';
import { pack } from './must.ts';
import { publishedManifest, sourceManifest } from './package-manifest.ts';

const PACKAGE = 'dist/package';
const CODE = join(PACKAGE, 'lib');

/** Which of the four TypeScript projects knows the globals of a file. */
const PROJECTS: readonly [project: string, path: RegExp][] = [
  ['browser', /^client\//],
  ['node', /^(cli|migrations|vitest)\//],
  ['worker', /./],
];

rmSync(PACKAGE, { recursive: true, force: true });
mkdirSync(PACKAGE, { recursive: true });
const { exports, bin = {} } = sourceManifest;
const entries = [...Object.values(exports), ...Object.values(bin)]
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.replace(/^\.\//, ''));
// What several projects reach is compiled by each, to the same text.
for (const [project, files] of byProject(entries)) await compile(project, files, CODE);
copyOthers();
// The built console, and the one file of the explorer that the reference page loads, without what they were made of.
const assets = join(PACKAGE, 'assets');
await buildAppAssets(assets);
copyExplorersLicense(assets);
writeFileSync(join(PACKAGE, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
await pack(PACKAGE, 'dist/ledge.tgz');

function byProject(files: readonly string[]): Map<string, string[]> {
  return Map.groupBy(
    files,
    (file) => PROJECTS.find(([, path]) => path.test(file))?.[0] ?? 'worker',
  );
}

function copyOthers(): void {
  for (const file of ['README.md', 'LICENSE']) copyFileSync(file, join(PACKAGE, file));
  const machinery = 'migrations/machinery';
  if (existsSync(machinery)) cpSync(machinery, join(CODE, machinery), { recursive: true });
}
