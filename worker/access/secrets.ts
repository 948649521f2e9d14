/** The secrets of a deployment, read in this place alone. */
import type { LedgeEnv } from '../runtime/env.ts';

/** Ours: a shorter text is a password, which can be guessed. */
export const SECRET_CHARACTERS_MIN = 32;

/** Those that keys, tickets and sessions may be signed with, the one for new ones first. None where keys are not in use. */
export function tagSecrets(env: LedgeEnv): readonly string[] {
  const { LEDGE_SECRET: current, LEDGE_SECRET_PREVIOUS: previous } = env;
  if (!isSecret(current)) return [];
  return isSecret(previous) ? [current, previous] : [current];
}

/** Those that keys of subjects may be wrapped by, the one for new ones first. None where there are no personal fields. */
export function personalSecrets(env: LedgeEnv): readonly string[] {
  const { LEDGE_PERSONAL_KEY: current, LEDGE_PERSONAL_KEY_PREVIOUS: previous } = env;
  if (!isSecret(current)) return [];
  return isSecret(previous) ? [current, previous] : [current];
}

/** Those that secrets of webhooks may be sealed with, the one for new ones first. Local development needs none of its own. */
export function webhookSecrets(env: LedgeEnv): readonly string[] {
  const own = tagSecrets(env);
  return own.length === 0 && env.LEDGE_LOCAL_DEVELOPMENT === 'true' ? [LOCAL_SECRET] : own;
}

/** Public, so that it protects nothing. */
const LOCAL_SECRET = 'of-local-development-alone-and-no-secret';

function isSecret(text: string | undefined): text is string {
  return text !== undefined && text.length >= SECRET_CHARACTERS_MIN;
}

/** The SHA-256 of the administrator's key, in hexadecimal; undefined where the text is none. */
export function adminKeyHash({ LEDGE_ADMIN: text = '' }: LedgeEnv): string | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return text;
  return /^[\w-]{43}=?$/.test(text) ? Buffer.from(text, 'base64url').toString('hex') : undefined;
}

/** Whether a key can let anything in. */
export function hasKeys(env: LedgeEnv): boolean {
  return tagSecrets(env).length > 0 || adminKeyHash(env) !== undefined;
}
