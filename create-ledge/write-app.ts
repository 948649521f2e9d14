/** Writes the files of an app into a folder that is empty or does not exist yet; into no other. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AppFiles } from './template.ts';

/** A repository that was just made is as empty as its folder. */
const IGNORED = ['.git'];

/** @throws Error with a sentence, before anything is written */
export function writeApp(folder: string, files: AppFiles): void {
  refuseUsed(folder);
  for (const [path, text] of files) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    // A file that appeared in the meantime is not overwritten.
    writeFileSync(file, text, { flag: 'wx' });
  }
}

function refuseUsed(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file. Name a folder.`);
  const [first, ...others] = readdirSync(folder).filter((name) => !IGNORED.includes(name));
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  throw new Error(`${folder} is not empty: it has ${first}${more}. Name a folder that is new.`);
}
