/** `npm run check`: its steps are those that CONTRIBUTING lists, and some of them can be chosen. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ranCli } from './support/run-cli.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const check = (...args: string[]) =>
  ranCli(spawn(process.execPath, ['.ci/check.ts', ...args], { cwd: root }));

test('O19 CONTRIBUTING lists every step, in its order', async () => {
  const { code, stderr } = await check('--only', 'nothing');
  expect([code, stderr]).toEqual([2, expect.stringContaining('No such step: nothing. There are:')]);
  const steps = /There are: (.*)\./.exec(stderr)?.[1]?.split(', ');
  const table = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(
    /^\| `([a-z0-9-]+)` \|/gm,
  );
  expect([...table].map(([, step]) => step)).toEqual(steps);
});

test('O19 --only and --skip take several steps, with commas or one by one', async () => {
  const { stdout } = await check(
    '--only',
    'readme-samples,one-workerd',
    '--only',
    'lint',
    '--skip',
    'lint',
  );
  expect(stdout.match(/(?<=^[✓✗] )[\w-]+/gm)).toEqual(['one-workerd', 'readme-samples']);
});
