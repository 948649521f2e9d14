/** The key of personal data in local development, where the project has none of its own. */
import { unstable_getVarsForDev } from 'wrangler';
import { LOCAL_PERSONAL_KEY } from '../../core/protocol/local-personal-key.ts';
import type { Project } from '../../migrations/project.ts';
import type { DevOptions } from './dev-options.ts';

/** Options of `wrangler dev`. What was sealed before the project had a key of its own still opens. */
export function personalKeyVars(
  { config: { configPath, vars, secrets } }: Project,
  { environment, envFiles }: Pick<DevOptions, 'environment' | 'envFiles'>,
): string[] {
  const own = unstable_getVarsForDev(configPath, envFiles, vars, environment, true, secrets);
  const name = ['LEDGE_PERSONAL_KEY', 'LEDGE_PERSONAL_KEY_PREVIOUS'].find((one) => !(one in own));
  // An option comes before the files.
  return name === undefined ? [] : [`--var=${name}:${LOCAL_PERSONAL_KEY}`];
}
