/** `npm run check-history`, as its package script starts it: its output and its exit code. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodStory } from './support/story.ts';

let folder: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ledge-history-'));
  const story = goodStory();
  await writeFile(
    inFolder('history'),
    story.lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  );
  await writeFile(inFolder('good'), JSON.stringify(story.state()));
  const { logs, ...rest } = story.state();
  const spoilt = { ...rest, logs: { ...logs, 'counter/a': logs['counter/a']?.slice(0, -1) } };
  await writeFile(inFolder('bad'), JSON.stringify(spoilt));
});
afterAll(() => rm(folder, { recursive: true }));

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const own = ['test/checker/run.ts', '--app', 'test/checker/support/counting-app.ts', ...args];
  return new Promise((settle) => {
    execFile(process.execPath, own, (error, stdout, stderr) => {
      settle({ code: error ? 1 : 0, stdout, stderr });
    });
  });
}

test('Z3 0 when nothing was found', async () => {
  const ran = await run(inFolder('history'), '--state', inFolder('good'));
  expect(ran).toEqual({ code: 0, stdout: 'Nothing was found.\n', stderr: '' });
});

test('Z3 1 with each finding in words', async () => {
  const { code, stdout } = await run(inFolder('history'), '--state', inFolder('bad'));
  expect(code).toBe(1);
  expect(stdout).toContain('lost counter/a@4: Count on counter/a was accepted; nothing is there.');
});

test.each([
  ['no file', [], 'Name the file of the history.'],
  ['what is no history', ['package.json'], 'Line 1 is not a line of a history'],
])('Z3 1 with what is wrong: %s', async (_what, args, message) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr).not.toContain('    at ');
});
