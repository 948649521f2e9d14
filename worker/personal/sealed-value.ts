/**
 * Seals and opens one value with the key of its subject: AES-256-GCM over its JSON, with the tenant and the subject as
 * additional data, so that a value that is moved to another of them does not open.
 */
import { type SealedParts, sealedText } from '../../core/sealed/sealed.ts';
import { canonicalJson } from '../../core/values/json.ts';
import type { SubjectKey } from './subject-keys.ts';

/** Of a value: the tenant and the subject. */
export interface SealedOwner {
  readonly tenant: string;
  readonly subject: string;
}

const VECTOR_BYTES = 12;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export async function sealedValue(
  { key, incarnation }: SubjectKey,
  owner: SealedOwner,
  plain: unknown,
): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(VECTOR_BYTES));
  const text = encoder.encode(JSON.stringify(plain));
  const sealed = await crypto.subtle.encrypt(parameters(iv, owner), key, text);
  const bytes = Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64url');
  return sealedText({ subject: owner.subject, incarnation, bytes });
}

/** @throws where the key, the tenant or the subject is another one, or the text was changed */
export async function openedValue(
  { key }: SubjectKey,
  tenant: string,
  { subject, bytes }: SealedParts,
): Promise<unknown> {
  const all = Buffer.from(bytes, 'base64url');
  const iv = all.subarray(0, VECTOR_BYTES);
  const text = await crypto.subtle.decrypt(
    ...([parameters(iv, { tenant, subject }), key, all.subarray(VECTOR_BYTES)] as const),
  );
  return JSON.parse(decoder.decode(text));
}

/** In the place of a value in a fingerprint, which is stored: without the key the value cannot be guessed from it. */
export async function valueFingerprint({ hmac }: SubjectKey, value: unknown): Promise<string> {
  const signed = await crypto.subtle.sign('HMAC', hmac, encoder.encode(canonicalJson(value)));
  return Buffer.from(signed).toString('base64url');
}

/** Neither a tenant nor a subject can have the bar. */
function parameters(
  iv: Uint8Array,
  { tenant, subject }: SealedOwner,
): SubtleCryptoEncryptAlgorithm {
  const additionalData = encoder.encode(`${tenant}|${subject}`);
  return { name: 'AES-GCM', iv, additionalData };
}
