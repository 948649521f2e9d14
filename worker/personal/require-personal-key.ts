/** Asked before personal data is sealed or opened. */
import { MissingPersonalKey } from '../../core/failures/missing-personal-key.ts';
import { personalSecrets } from '../access/secrets.ts';
import type { LedgeEnv } from '../runtime/env.ts';

/** @throws MissingPersonalKey */
export function requirePersonalKey(env: LedgeEnv): void {
  if (personalSecrets(env).length === 0) throw new MissingPersonalKey();
}
