/**
 * The keys of subjects as they are stored: 32 random bytes, wrapped (AES-KW, RFC 3394) by a key that is derived from the
 * secret LEDGE_PERSONAL_KEY for each tenant. A copied database is worth nothing without the secret, and the secret
 * nothing without the database. `{id of the secret}.{base64url}`.
 */
import { hkdfSync } from 'node:crypto';
import { KnownFault } from '../../core/failures/known-fault.ts';
import { BoundedMap } from '../../core/values/bounded-map.ts';
import { personalSecrets } from '../access/secrets.ts';
import type { LedgeEnv } from '../runtime/env.ts';

/** A key that seals and opens the fields of a subject. */
export interface SubjectKey {
  readonly incarnation: number;
  /** AES-256-GCM. */
  readonly key: CryptoKey;
  /** HMAC-SHA-256, for the fingerprints of its fields. */
  readonly hmac: CryptoKey;
}

/** A key as a sealed field names it. */
export interface SubjectKeyName {
  readonly subject: string;
  readonly incarnation: number;
}

const KEY_BYTES = 32;

/** Ours, of some 200 bytes each: one for each isolate, secret and tenant. */
const wrappingKeys = new BoundedMap<string, Promise<CryptoKey>>(1_000);

/** Tells secrets apart, and says nothing of them. */
const secretIds = new BoundedMap<string, string>(2);

export async function newWrappedKey(env: LedgeEnv, tenant: string): Promise<string> {
  return wrap(env, tenant, crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
}

/** Of the secret that wraps a new key. */
export function currentSecretId(env: LedgeEnv): string {
  return secretId(currentSecret(env));
}

/** Whether a new key would be wrapped by the same secret. */
export function isWrappedByCurrent(env: LedgeEnv, wrapped: string): boolean {
  return wrapped.startsWith(`${currentSecretId(env)}.`);
}

/** The same text where the current secret has wrapped it. */
export async function rewrapped(env: LedgeEnv, tenant: string, wrapped: string): Promise<string> {
  if (isWrappedByCurrent(env, wrapped)) return wrapped;
  return wrap(env, tenant, await unwrap(env, tenant, wrapped));
}

/** @throws where no secret of the Worker has wrapped it */
export async function unwrappedKey(
  env: LedgeEnv,
  tenant: string,
  { incarnation, wrapped }: { readonly incarnation: number; readonly wrapped: string },
): Promise<SubjectKey> {
  const bytes = await unwrap(env, tenant, wrapped);
  const root = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey']);
  const derive = (purpose: string, algorithm: SubtleCryptoImportKeyAlgorithm, uses: string[]) =>
    crypto.subtle.deriveKey(
      {
        name: 'HKDF',
        hash: 'SHA-256',
        salt: new Uint8Array(),
        info: new TextEncoder().encode(purpose),
      },
      root,
      algorithm,
      false,
      uses,
    );
  const [key, hmac] = await Promise.all([
    derive('seal', { name: 'AES-GCM', length: 256 }, ['encrypt', 'decrypt']),
    derive('fingerprint', { name: 'HMAC', hash: 'SHA-256', length: 256 }, ['sign']),
  ]);
  return { incarnation, key, hmac };
}

async function wrap(env: LedgeEnv, tenant: string, bytes: BufferSource): Promise<string> {
  const secret = currentSecret(env);
  const by = await wrappingKey(secret, tenant);
  const key = await extractable(bytes);
  const wrapped = await crypto.subtle.wrapKey('raw', key, by, 'AES-KW');
  // Of raw bytes, never of a JWK.
  return `${secretId(secret)}.${Buffer.from(wrapped as ArrayBuffer).toString('base64url')}`;
}

async function unwrap(env: LedgeEnv, tenant: string, wrapped: string): Promise<ArrayBuffer> {
  const [id, text = ''] = wrapped.split('.');
  const secret = personalSecrets(env).find((one) => secretId(one) === id);
  if (secret === undefined) throw new KnownFault(FOREIGN);
  const by = await wrappingKey(secret, tenant);
  const bytes = Buffer.from(text, 'base64url');
  const key = await crypto.subtle.unwrapKey('raw', bytes, by, 'AES-KW', GCM, true, ['encrypt']);
  return (await crypto.subtle.exportKey('raw', key)) as ArrayBuffer;
}

const GCM = { name: 'AES-GCM', length: 256 };

const FOREIGN =
  'A key of a subject was wrapped by another secret than LEDGE_PERSONAL_KEY and LEDGE_PERSONAL_KEY_PREVIOUS.';

function extractable(bytes: BufferSource): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, GCM, true, ['encrypt']);
}

function wrappingKey(secret: string, tenant: string): Promise<CryptoKey> {
  const name = `${tenant} ${secret}`;
  return wrappingKeys.get(name) ?? wrappingKeys.put(name, deriveWrappingKey(secret, tenant));
}

function deriveWrappingKey(secret: string, tenant: string): Promise<CryptoKey> {
  const bytes = hkdfSync('sha256', secret, tenant, 'subject key', KEY_BYTES);
  return crypto.subtle.importKey('raw', bytes, 'AES-KW', false, ['wrapKey', 'unwrapKey']);
}

function secretId(secret: string): string {
  return secretIds.get(secret) ?? secretIds.put(secret, deriveSecretId(secret));
}

function deriveSecretId(secret: string): string {
  return Buffer.from(hkdfSync('sha256', secret, '', 'subject key id', 6)).toString('base64url');
}

function currentSecret(env: LedgeEnv): string {
  const [current] = personalSecrets(env);
  if (current === undefined) throw new KnownFault('The secret LEDGE_PERSONAL_KEY is missing.');
  return current;
}
