/** The version of the package that this file is part of, wherever the build has put the file in it. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @throws Error where no folder above has a package.json */
export function packageVersion(folder = new URL('./', import.meta.url)): string {
  const file = fileURLToPath(new URL('package.json', folder));
  if (existsSync(file)) return String(JSON.parse(readFileSync(file, 'utf8')).version);
  const parent = new URL('../', folder);
  if (parent.href === folder.href) throw new Error('No package.json was found.');
  return packageVersion(parent);
}
