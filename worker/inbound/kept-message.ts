/**
 * A message as a dead letter keeps it. In an app with personal data it is sealed, since nothing says which part of it is
 * about a person: AES-256-GCM under a key that is derived from LEDGE_PERSONAL_KEY for each tenant, with the id of the dead
 * letter as additional data.
 */
import { hkdfSync } from 'node:crypto';
import * as z from 'zod';
import type { App } from '../../core/app.ts';
import { hasPersonalData } from '../../core/personal-data.ts';
import { personalSecrets } from '../access/secrets.ts';
import { requirePersonalKey } from '../personal/require-personal-key.ts';
import type { LedgeEnv } from '../runtime/env.ts';

/** Of a message: the dead letter that keeps it. */
export interface MessageOwner {
  readonly tenant: string;
  readonly id: string;
}

const KEY_BYTES = 32;
const VECTOR_BYTES = 12;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const sealedMessage = z.strictObject({ sealed: z.string() });
const plainMessage = z.strictObject({ message: z.unknown() });

/** @throws MissingPersonalKey */
export async function keptMessage(
  { app, env }: { readonly app: App; readonly env: LedgeEnv },
  owner: MessageOwner,
  message: unknown,
): Promise<object> {
  if (!hasPersonalData(app)) return { message };
  requirePersonalKey(env);
  const [secret = ''] = personalSecrets(env);
  const iv = crypto.getRandomValues(new Uint8Array(VECTOR_BYTES));
  const key = await keyOf(secret, owner.tenant);
  const text = encoder.encode(JSON.stringify(message));
  const bytes = await crypto.subtle.encrypt(parameters(iv, owner), key, text);
  return { sealed: Buffer.concat([iv, new Uint8Array(bytes)]).toString('base64url') };
}

/** What an operator is shown of it: as everywhere, nothing that is sealed. */
export function shownMessage(kept: unknown): unknown {
  return sealedMessage.safeParse(kept).success ? null : kept;
}

/** @throws Error where no secret of the Worker has sealed it, or there is none */
export async function openedMessage(
  env: LedgeEnv,
  owner: MessageOwner,
  kept: unknown,
): Promise<unknown> {
  const plain = plainMessage.safeParse(kept);
  if (plain.success) return plain.data.message;
  const { sealed } = sealedMessage.parse(kept);
  const bytes = Buffer.from(sealed, 'base64url');
  const iv = bytes.subarray(0, VECTOR_BYTES);
  for (const secret of personalSecrets(env)) {
    const key = await keyOf(secret, owner.tenant);
    const text = await crypto.subtle
      .decrypt(parameters(iv, owner), key, bytes.subarray(VECTOR_BYTES))
      .catch(() => undefined);
    if (text) return JSON.parse(decoder.decode(text));
  }
  throw new Error('No secret of the Worker has sealed this message.');
}

function keyOf(secret: string, tenant: string): Promise<CryptoKey> {
  const bytes = hkdfSync('sha256', secret, tenant, 'inbound message', KEY_BYTES);
  return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

/** Neither a tenant nor an id can have the bar. */
function parameters(iv: Uint8Array, { tenant, id }: MessageOwner): SubtleCryptoEncryptAlgorithm {
  return { name: 'AES-GCM', iv, additionalData: encoder.encode(`${tenant}|${id}`) };
}
