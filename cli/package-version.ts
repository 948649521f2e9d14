/** The version of the package that this file is part of, wherever the build has put the file in it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** @throws Error where no folder above has a package.json */
export function packageVersion(folder = import.meta.dirname): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return String(JSON.parse(readFileSync(file, 'utf8')).version);
  const parent = dirname(folder);
  if (parent === folder) throw new Error('No package.json was found.');
  return packageVersion(parent);
}
