/** Where a fault of the configuration is to be corrected, for people. */
import { basename } from 'node:path';
import type { Project } from '../../migrations/project.ts';

export function placeOf({ config: { configPath, targetEnvironment } }: Project): string {
  const file = basename(configPath ?? 'the wrangler configuration');
  return targetEnvironment === undefined ? file : `the environment ${targetEnvironment} of ${file}`;
}
