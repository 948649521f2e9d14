// Proves `npm create ledge` as a user meets it, outside of this tree: the packed `create-ledge` writes an app, the packed
// `ledge` is installed into it, `npm run dev` accepts the commands of its README, and the time until then has a limit. Then
// the app's own check and tests and a dry run of each environment; and each process that can be chosen.

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startDev } from './dev-server.ts';
import { must, secondsSince } from './must.ts';
import { run } from './run-command.ts';

/** From `create` to the accepted command, `npm install` included. */
const SECONDS_MAX = 120;

const CREATOR = resolve('dist/create-ledge.tgz');
const LEDGE = resolve('dist/ledge.tgz');
const README_URL = 'http://localhost:8787';

const folder = mkdtempSync(join(tmpdir(), 'ledge-create-'));
const app = join(folder, 'my-app');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

await must(`publint run ${CREATOR} --strict`);
await proveFirstCommands();
await proveOneWorkerd();
await must('npm run check', app);
await must('npm test', app);
for (const name of ['staging', 'production']) {
  await must(`npx wrangler deploy --dry-run --env ${name}`, app);
}
await proveDeployment();
await Promise.all([proveProcess('reactor'), proveProcess('saga')]);

/** What `npm create` does: npm fetches the package, here the tarball, and runs its command. */
function create(name: string, process = 'none'): Promise<string> {
  const command = `npm exec --offline --yes --package ${CREATOR} -- create-ledge`;
  return must(`${command} ${name} --with ${process}`, folder);
}

async function proveFirstCommands(): Promise<void> {
  const started = performance.now();
  await create('my-app');
  await must(`npm pkg set dependencies.ledge=file:${LEDGE}`, app);
  await must('npm install --prefer-offline --no-audit --no-fund', app);
  const dev = await startDev(app);
  process.on('exit', dev.stop);
  const [open = '', save = '', query = ''] = readmeCurls();
  expectIn(await shell(open, dev.url), '"outcome":"accepted"');
  const seconds = secondsSince(started);
  console.log(`→ ${seconds} s from create to an accepted command, npm install included`);
  if (Number(seconds) > SECONDS_MAX) fail(`That is more than ${SECONDS_MAX} s.`);
  expectIn(await shell(save, dev.url), '"outcome":"accepted"');
  expectIn(await shell(query, dev.url), '"jar":"bicycle-1"');
  expectIn(await shell(`curl ${README_URL}/console/`, dev.url), 'id="console"');
  dev.stop();
  process.off('exit', dev.stop);
}

/** The commands of the app's README, as a reader copies them. */
function readmeCurls(): string[] {
  const text = readFileSync(join(app, 'README.md'), 'utf8').replaceAll('\\\n', '');
  return text.split('\n').filter((line) => line.startsWith('curl '));
}

async function shell(line: string, url: string): Promise<string> {
  const command = line.replace(README_URL, url).replace('curl', 'curl --silent --show-error');
  const { code, text } = await run(['bash', '-c', command], 'pipe');
  return code === 0 ? text : fail(`${command}\n${text}`);
}

function expectIn(text: string, expected: string): void {
  if (!text.includes(expected)) fail(`Expected ${expected} in ${text}`);
}

async function proveOneWorkerd(): Promise<void> {
  const listed = await must('npm ls workerd --parseable', app);
  const copies = new Set(listed.trim().split('\n'));
  if (copies.size !== 1) fail(`Expected one workerd, found ${[...copies].join(', ')}.`);
}

/** Deploys to an account without resources, with the fake wrangler of `.ci/empty-account.sh`. */
async function proveDeployment(): Promise<void> {
  const calls = join(folder, 'calls');
  const place = join(folder, 'empty-account');
  mkdirSync(place);
  copyFileSync('.ci/empty-account.sh', join(place, 'wrangler'));
  const deploy = `PATH=${place}:$PATH CALLS=${calls} node node_modules/ledge/lib/cli/main.js deploy --env staging`;
  const { code, text } = await run(['bash', '-c', deploy], 'pipe', app);
  if (code !== 0) fail(text);
  const made = readFileSync(calls, 'utf8');
  for (const name of ['d1 create my-app-staging ', 'queues create events-my-app-staging-dead ']) {
    expectIn(made, name);
  }
  expectIn(made, '\nd1 migrations apply DB --remote --env=staging\ndeploy --env=staging\n');
}

/** With the packages and the generated types of the first app: only what is its own is proved again. */
async function proveProcess(process: string): Promise<void> {
  const name = `with-${process}`;
  await create(name, process);
  const own = join(folder, name);
  for (const shared of ['node_modules', 'worker-configuration.d.ts']) {
    symlinkSync(join(app, shared), join(own, shared));
  }
  for (const command of ['npx ledge check', 'npx tsc', 'npm test']) await must(command, own);
}

function fail(text: string): never {
  console.error(text);
  process.exit(1);
}
