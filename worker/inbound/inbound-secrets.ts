/** The secrets that an inbound's signatures are verified with, as the Worker's variable has them. */
import type { InboundSignature } from '../../core/inbound/verification.ts';
import type { LedgeEnv } from '../runtime/env.ts';

/** Ours: a shorter one is a password, which can be guessed. */
const SECRET_BYTES_MIN = 16;

/** Ours: each costs an HMAC of the body, for each signature. */
const SECRETS_MAX = 4;

const PREFIX = 'whsec_';
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Undefined where the variable is not there, or one of its secrets is none: nothing is verified then. */
export function inboundSecrets(
  env: LedgeEnv,
  { kind, secret }: InboundSignature,
): readonly Uint8Array[] | undefined {
  // The app names it; the type of the environment has Ledge's own variables alone.
  const variable: unknown = Reflect.get(env, secret);
  if (typeof variable !== 'string') return undefined;
  const texts = variable.split(/\s+/).filter((text) => text !== '');
  const secrets = texts.map((text) => (kind === 'hmac' ? utf8.encode(text) : fromBase64(text)));
  const areUsable = secrets.every(({ length }) => length >= SECRET_BYTES_MIN);
  return areUsable && secrets.length > 0 && secrets.length <= SECRETS_MAX ? secrets : undefined;
}

const utf8 = new TextEncoder();

/** Empty where it is no base64. */
function fromBase64(text: string): Uint8Array {
  const encoded = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  return BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : new Uint8Array();
}
