/**
 * A value that the deployment gives away and takes back unchanged: JSON and its HMAC, both base64url. Readable by its
 * bearer, so it holds no secret.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type * as z from 'zod';
import { derivedKey, type SigningPurpose } from './derived-keys.ts';

export function signedText(secret: string, purpose: SigningPurpose, value: object): string {
  const text = Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${text}.${signatureOf(secret, purpose, text).toString('base64url')}`;
}

/** Undefined for what was not signed for this purpose with one of the secrets. */
export function signedValue<Schema extends z.ZodType>(
  secrets: readonly string[],
  purpose: SigningPurpose,
  schema: Schema,
  signed: string,
): z.output<Schema> | undefined {
  const [text = '', encoded = '', ...more] = signed.split('.');
  const signature = Buffer.from(encoded, 'base64url');
  // Decoding skips what is not base64url, so that one signature would have many texts.
  if (more.length > 0 || signature.toString('base64url') !== encoded) return undefined;
  const matches = secrets.map((secret) => isSame(signatureOf(secret, purpose, text), signature));
  if (!matches.includes(true)) return undefined;
  return schema.safeParse(JSON.parse(Buffer.from(text, 'base64url').toString())).data;
}

function signatureOf(secret: string, purpose: SigningPurpose, text: string): Buffer {
  return createHmac('sha256', derivedKey(secret, purpose)).update(text).digest();
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
