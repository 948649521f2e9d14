/** Where `ledge dev --memory` has its state. That it is gone at the end is in test/e2e/dev.test.ts. */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { localState } from '../../cli/dev/memory-state.ts';
import { runCli } from './support/run-cli.ts';

const host = `test-${process.pid}`;
const fallback = mkdtempSync(join(tmpdir(), 'ledge-fallback-'));
const places = { folders: ['/dev/shm', fallback], fallback, roomBytesMin: 1, host };
afterAll(() => rmSync(fallback, { recursive: true }));
const onDisk = { ...places, folders: [] };
const folderIn = (argv: readonly string[]) => argv.at(-1)?.replace('--persist-to=', '') ?? '';

test('DM1 without --memory the state is kept as ever', () => {
  const { argv, notice } = localState(['--port', '0']);
  expect([argv, notice]).toEqual([['--port', '0'], undefined]);
});

test('DM2 with it wrangler gets a folder of its own, which is removed', () => {
  const state = localState(['--memory', '--port', '0'], places);
  const folder = folderIn(state.argv);
  expect(state.argv).toEqual(['--port', '0', `--persist-to=${folder}`]);
  expect(state.notice).toContain(`${folder}`);
  expect(existsSync(folder)).toBe(true);
  mkdirSync(join(folder, 'v3', 'do'), { recursive: true });
  state.remove();
  expect(existsSync(folder)).toBe(false);
});

test.each([
  ['no folder is in memory', { ...places, folders: [process.cwd(), '/proc', '/not-there'] }],
  ['the folder in memory is too small', { ...places, roomBytesMin: Number.MAX_SAFE_INTEGER }],
])('DM3 where %s the state is on disk, as the notice says', (_, given) => {
  const state = localState(['--memory'], given);
  expect(folderIn(state.argv)).toContain(fallback);
  expect(state.notice).toContain('on disk, and gone at the end');
  state.remove();
});

test('DM4 what a killed server has left is removed, and nothing of a running one or of another machine', () => {
  const abandoned = mkdtempSync(join(fallback, `ledge-dev-${host}-999999999-`));
  const running = mkdtempSync(join(fallback, `ledge-dev-${host}-${process.ppid}-`));
  const elsewhere = mkdtempSync(join(fallback, 'ledge-dev-elsewhere-999999999-'));
  const states = [localState(['--memory'], onDisk), localState(['--memory'], onDisk)];
  const folders = states.map(({ argv }) => folderIn(argv));
  expect([abandoned, running, elsewhere, ...folders].map((folder) => existsSync(folder))).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
  for (const state of states) state.remove();
});

test('DM5 --memory and --persist-to are one too many', async () => {
  const { code, stderr } = await runCli('dev', '--memory', '--persist-to', 'state');
  expect([code, stderr]).toEqual([
    1,
    '--memory keeps nothing and --persist-to keeps all: give one of them.\n',
  ]);
});
