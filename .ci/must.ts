// Steps of a proof: each command is printed with its time, and one that fails ends the process with its output.

import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run-command.ts';

/** @returns what the command printed */
export async function must(command: string, cwd = '.'): Promise<string> {
  const started = performance.now();
  const { code, text } = await run(command.split(' '), 'pipe', cwd);
  if (code !== 0) {
    console.error(`${command}\n${text}`);
    process.exit(1);
  }
  console.log(`${secondsSince(started).padStart(6)} s  ${command}`);
  return text;
}

export function secondsSince(started: number): string {
  return ((performance.now() - started) / 1_000).toFixed(1);
}

/** Packs a folder below `dist` as npm publishes it. */
export async function pack(folder: string, tarball: string): Promise<void> {
  const text = await must('npm pack --json --pack-destination ..', folder);
  const [{ name, filename, size, entryCount }] = JSON.parse(text.slice(text.indexOf('[')));
  copyFileSync(join('dist', filename), tarball);
  console.log(`${name} takes ${Math.round(size / 1_000)} kB packed, ${entryCount} files.`);
}
