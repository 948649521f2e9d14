/** Bundles a Worker the way it is deployed, once a run. */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './settings.ts';

const wrangler = createRequire(import.meta.url).resolve('wrangler/package.json');
const run = promisify(execFile);
const bundles = new Map<string, Promise<string>>();

/** The path of the bundle of `entry`, below `outDir`. */
export function bundle(entry: string, outDir: string): Promise<string> {
  const known = bundles.get(entry);
  if (known) return known;
  const made = dryRun(entry, join(outDir, basename(entry, '.ts')));
  bundles.set(entry, made);
  return made;
}

async function dryRun(entry: string, outDir: string): Promise<string> {
  const args = [
    join(wrangler, '../bin/wrangler.js'),
    'deploy',
    entry,
    '--config',
    'test/shop/wrangler.toml',
    '--dry-run',
    '--outdir',
    outDir,
  ];
  await run(process.execPath, args, {
    cwd: root,
    env: { ...process.env, WRANGLER_SEND_METRICS: 'false' },
  });
  return join(outDir, `${basename(entry, '.ts')}.js`);
}
