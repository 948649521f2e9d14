/** Runs the compiler over a generated app, as a project that uses Ledge's declarations would, and reads its figures. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AppSize, appFiles } from './generate-app.ts';

export interface CheckFigures {
  readonly types: number;
  readonly instantiations: number;
  readonly memoryMb: number;
  readonly checkSeconds: number;
  readonly totalSeconds: number;
}

const compilerOptions = {
  target: 'ES2024',
  module: 'ESNext',
  moduleResolution: 'bundler',
  lib: ['ES2024', 'DOM', 'DOM.Iterable', 'ESNext.Promise'],
  types: [],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
};

/** Ledge's declarations in `folder`: what a package would ship. */
export function emitDeclarations(root: string, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const project = {
    compilerOptions: {
      ...compilerOptions,
      noEmit: false,
      declaration: true,
      emitDeclarationOnly: true,
      rewriteRelativeImportExtensions: true,
      rootDir: root,
      outDir: folder,
    },
    files: [
      'core/aggregate/aggregate.ts',
      'core/app.ts',
      'core/projection/define-projection.ts',
      'client/index.ts',
    ].map((file) => join(root, file)),
  };
  const config = `${folder}.json`;
  writeFileSync(config, JSON.stringify(project));
  compile(root, config);
}

/** Checks an app of the given size over the declarations in `ledge`. */
export function checkApp(root: string, folder: string, ledge: string, size: AppSize): CheckFigures {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of appFiles(size, ledge)) writeFileSync(join(folder, name), text);
  const config = join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  return figuresOf(compile(root, config, '--extendedDiagnostics'));
}

function compile(root: string, config: string, ...flags: readonly string[]): string {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', config, ...flags];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${config} does not compile:\n${stdout.slice(0, 3_000)}`);
  return stdout;
}

function figuresOf(output: string): CheckFigures {
  const figure = (name: string) => {
    const [, found] = new RegExp(`^${name}:\\s+([\\d.]+)`, 'm').exec(output) ?? [];
    return Number(found);
  };
  return {
    types: figure('Types'),
    instantiations: figure('Instantiations'),
    memoryMb: Math.round(figure('Memory used') / 1_000),
    checkSeconds: figure('Check time'),
    totalSeconds: figure('Total time'),
  };
}
