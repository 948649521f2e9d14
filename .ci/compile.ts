// Compiles files of the source tree to ESM and declarations, as one of the tree's own TypeScript projects.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { run } from './run-command.ts';

/** The output has the paths that the files have below `root`. Ends the process with what TypeScript reports. */
export async function compile(
  project: string,
  files: readonly string[],
  outDir: string,
  root = '.',
): Promise<void> {
  mkdirSync('dist', { recursive: true });
  const config = join('dist', `tsconfig.package.${project}.json`);
  const fromConfig = (path: string) => relative('dist', path) || '.';
  const compilerOptions = {
    ...{ noEmit: false, declaration: true, rewriteRelativeImportExtensions: true },
    ...{ rootDir: fromConfig(root), outDir: fromConfig(resolve(outDir)) },
  };
  const settings = { extends: `../tsconfig.${project}.json`, compilerOptions, include: [] };
  writeFileSync(config, JSON.stringify({ ...settings, files: files.map(fromConfig) }));
  const { code, text } = await run(['tsc', '-p', config], 'pipe');
  if (code === 0) return;
  console.error(text);
  process.exit(1);
}
