// `npm run check`: everything that must hold before a commit, step by step to the end. A step that
// passes is one line; one that fails shows its output. CI runs the same.
//
//   node .ci/check.ts [--only step,step]… [--skip step]…

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { run } from './run-command.ts';

const STEPS: Readonly<Record<string, readonly string[]>> = {
  lint: ['biome check --error-on-warnings .'],
  types: [
    'tsc -p tsconfig.json',
    'tsc -p tsconfig.worker.json',
    'tsc -p tsconfig.node.json',
    'tsc -p tsconfig.browser.json',
  ],
  'import-rules': ['node .ci/import-rules.ts'],
  'type-names': ['node .ci/type-names.ts'],
  'private-words': ['node .ci/private-words.ts'],
  'one-workerd': ['node .ci/one-workerd.ts'],
  'readme-samples': ['node .ci/readme-samples.ts'],
  benchmarks: ['node bench/page.ts --check'],
  'ledge-check': [
    'node test/fixtures/own-events.ts',
    'node cli/main.ts check',
    'node cli/main.ts check --config test/shop/wrangler.toml --app test/shop/app.ts',
    'node cli/main.ts check --config test/other-app/wrangler.toml --app test/other-app/app.ts',
    'node cli/main.ts check --config test/queues/wrangler.toml --app test/other-app/app.ts',
    'node cli/main.ts check --config test/databases/wrangler.toml --app test/shop/app.ts',
  ],
  'dry-run': [
    'npm run assets',
    'wrangler deploy --dry-run --outdir dist/dry-run',
    'node .ci/worker-size.ts dist/dry-run/index.js',
  ],
  package: ['node .ci/build-package.ts', 'node .ci/build-create.ts', 'node .ci/prove-packages.ts'],
  tests: ['node .ci/test.ts'],
};

/** They write to dist/, and take half of the time: the other steps run beside them, on the second processor. */
const BUILDS: readonly string[] = ['dry-run', 'package'];

/** What a step measures against a limit is shown when it passes, too. */
const MEASURED = /^→ .*/gm;

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: Object.keys(STEPS) },
    skip: { type: 'string', multiple: true, default: [] },
  },
});
const [only, skip] = [listed(values.only), listed(values.skip)];
refuseUnknown([...only, ...skip]);

const chosen = Object.keys(STEPS).filter((step) => only.includes(step) && !skip.includes(step));
const failed: string[] = [];
await Promise.all([
  inTurn(chosen.filter((step) => BUILDS.includes(step))),
  inTurn(chosen.filter((step) => ![...BUILDS, 'tests'].includes(step))),
]);
await inTurn(chosen.filter((step) => step === 'tests'));

if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}.`);
if (chosen.includes('tests')) console.log(readFileSync('dist/test-summary.txt', 'utf8').trim());
process.exitCode = failed.length > 0 ? 1 : 0;

async function inTurn(steps: readonly string[]): Promise<void> {
  for (const step of steps) if (!(await passes(step))) failed.push(step);
}

/** In CI the tests are seen as they run: they take the longest and their log is what people read. */
async function passes(step: string): Promise<boolean> {
  const output = step === 'tests' && process.env.CI ? 'inherit' : 'pipe';
  const started = performance.now();
  let ok = true;
  const measured: string[] = [];
  for (const command of STEPS[step] ?? []) {
    const { code, text } = await run(command.split(' '), output);
    measured.push(...(text.match(MEASURED) ?? []));
    if (code === 0) continue;
    ok = false;
    console.log(`✗ ${step}: ${command}\n${text}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (ok) console.log([`✓ ${step.padEnd(16)}${seconds.padStart(6)} s`, ...measured].join('\n'));
  return ok;
}

/** Given once or several times, each a step or several with commas. */
function listed(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).filter(Boolean);
}

function refuseUnknown(names: readonly string[]): void {
  const unknown = names.filter((name) => !(name in STEPS));
  if (unknown.length === 0) return;
  console.error(
    `No such step: ${unknown.join(', ')}. There are: ${Object.keys(STEPS).join(', ')}.`,
  );
  process.exit(2);
}
