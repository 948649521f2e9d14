// Proves the package that `.ci/build-package.ts` has built, as its users meet it: packed, judged by publint and attw, and
// installed into an app outside of this tree, a git history in small. The app is type-checked with declarations by two
// TypeScripts, tested in Node and in workerd, migrated, checked by `ledge check`, and built as it would be deployed.

import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { must } from './must.ts';
import { run } from './run-command.ts';
import { startUpMs } from './start-up-time.ts';

const TARBALL = resolve('dist/ledge.tgz');
const NEXT_TYPESCRIPT = '7.0.2';
const INSTALL = ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'];

const consumer = mkdtempSync(join(tmpdir(), 'ledge-consumer-'));
process.on('exit', () => rmSync(consumer, { recursive: true, force: true }));

await must(`publint run ${TARBALL} --strict`);
// Without CommonJS: `require` of an ES module works from Node 20.19 on.
await must(`attw ${TARBALL} --profile esm-only`);
await install();
for (const command of [
  'node scripts/make-history.ts',
  'wrangler types',
  'ledge migrations',
  'ledge schemas',
  'ledge check',
  'tsc',
  'vitest run',
  'wrangler deploy --dry-run --outdir dist/worker',
  'wrangler check startup',
]) {
  await must(command, consumer);
}
await checkWithNextTypescript();
console.log(
  (await must(`node .ci/worker-size.ts ${join(consumer, 'dist/worker/index.js')}`)).trim(),
);
console.log(
  `It starts in ${startUpMs(join(consumer, 'worker-startup.cpuprofile'))} ms of processor time.`,
);

/** With our own pins, so that npm's cache serves them and one zod and one wrangler are tested. */
async function install(): Promise<void> {
  cpSync('test/consumer', consumer, { recursive: true });
  copyFileSync(TARBALL, join(consumer, 'ledge.tgz'));
  const manifest = readManifest(join(consumer, 'package.json'));
  const { dependencies: ours, devDependencies: ourTools } = readManifest('package.json');
  const pinned = (given: Pins) =>
    Object.fromEntries(
      Object.entries(given).map(([name, pin]) => [name, ours[name] ?? ourTools[name] ?? pin]),
    );
  const dependencies = pinned(manifest.dependencies);
  const devDependencies = pinned(manifest.devDependencies);
  const text = JSON.stringify({ ...manifest, dependencies, devDependencies });
  writeFileSync(join(consumer, 'package.json'), text);
  await must(INSTALL.join(' '), consumer);
}

async function checkWithNextTypescript(): Promise<void> {
  const folder = join(consumer, 'typescript-next');
  const typescript = `typescript@${NEXT_TYPESCRIPT}`;
  const { code } = await run([...INSTALL, '--prefix', folder, typescript], 'pipe', consumer);
  if (code === 0) await must(`${folder}/node_modules/.bin/tsc`, consumer);
  else console.log(`${typescript} could not be installed: the app was not checked with it.`);
}

type Pins = Readonly<Record<string, string>>;

function readManifest(path: string): { dependencies: Pins; devDependencies: Pins } {
  return JSON.parse(readFileSync(path, 'utf8'));
}
