/**
 * The secret that signs the deliveries of a subscription, as Standard Webhooks has it: `whsec_` and 24 random bytes in
 * base64. It is stored sealed (AES-256-GCM) by a key that is derived from LEDGE_SECRET, for one subscription alone: the
 * storage is worth nothing without the secret of the deployment.
 */
import { UnreadableSecret } from '../../core/failures/unreadable-secret.ts';
import { derivedKey } from '../access/derived-keys.ts';
import { webhookSecrets } from '../access/secrets.ts';
import type { LedgeEnv } from '../runtime/env.ts';

export const WEBHOOK_SECRET_PREFIX = 'whsec_';

const SECRET_BYTES = 24;
const VECTOR_BYTES = 12;

/** Whose secret it is: another subscription cannot use it. */
export interface SecretOwner {
  readonly tenant: string;
  readonly subscription: string;
}

export interface NewSecret {
  /** Shown once. */
  readonly shown: string;
  readonly sealed: string;
}

/** Undefined where a deployed Worker has no LEDGE_SECRET. */
export async function newWebhookSecret(
  env: LedgeEnv,
  owner: SecretOwner,
): Promise<NewSecret | undefined> {
  const [current] = webhookSecrets(env);
  if (current === undefined) return undefined;
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  const shown = `${WEBHOOK_SECRET_PREFIX}${Buffer.from(bytes).toString('base64')}`;
  return { shown, sealed: await seal(current, owner, bytes) };
}

/** The bytes that sign. @throws UnreadableSecret */
async function openedSecret(
  env: LedgeEnv,
  owner: SecretOwner,
  sealed: string,
): Promise<Uint8Array<ArrayBuffer>> {
  for (const secret of webhookSecrets(env)) {
    const bytes = await open(secret, owner, sealed);
    if (bytes) return bytes;
  }
  throw new UnreadableSecret();
}

/** Of several those that can be opened, at least one: the secret before a rotation may be lost. @throws UnreadableSecret */
export async function openedSecrets(
  env: LedgeEnv,
  owner: SecretOwner,
  sealed: readonly string[],
): Promise<Uint8Array<ArrayBuffer>[]> {
  const opened = await Promise.allSettled(sealed.map((one) => openedSecret(env, owner, one)));
  const readable = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  if (readable.length === 0) throw new UnreadableSecret();
  return readable;
}

/** The same text where the current secret has sealed it. @throws UnreadableSecret */
export async function resealedSecret(
  env: LedgeEnv,
  owner: SecretOwner,
  sealed: string,
): Promise<string> {
  const [current] = webhookSecrets(env);
  if (current === undefined) throw new UnreadableSecret();
  if (await open(current, owner, sealed)) return sealed;
  return seal(current, owner, await openedSecret(env, owner, sealed));
}

async function seal(
  secret: string,
  owner: SecretOwner,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(VECTOR_BYTES));
  const sealed = await crypto.subtle.encrypt(parameters(iv, owner), await keyOf(secret), bytes);
  return Buffer.concat([iv, Buffer.from(sealed)]).toString('base64url');
}

async function open(
  secret: string,
  owner: SecretOwner,
  sealed: string,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const bytes = new Uint8Array(Buffer.from(sealed, 'base64url'));
  const [iv, text] = [bytes.slice(0, VECTOR_BYTES), bytes.slice(VECTOR_BYTES)];
  try {
    const key = await keyOf(secret);
    return new Uint8Array(await crypto.subtle.decrypt(parameters(iv, owner), key, text));
  } catch {
    // Another secret has sealed it.
    return undefined;
  }
}

function parameters(iv: Uint8Array<ArrayBuffer>, { tenant, subscription }: SecretOwner) {
  const additionalData = new TextEncoder().encode(`${tenant}/${subscription}`);
  return { name: 'AES-GCM', iv, additionalData };
}

function keyOf(secret: string): Promise<CryptoKey> {
  const bytes = new Uint8Array(derivedKey(secret, 'subscription'));
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}
