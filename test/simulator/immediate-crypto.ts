/**
 * The part of WebCrypto that seals personal data. Node's answers at a time of its own, which no seed repeats; this one
 * answers at once, with the same bytes.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

interface Key {
  readonly bytes: Uint8Array;
}

interface Sealing {
  readonly iv: Uint8Array;
  readonly additionalData: Uint8Array;
}

const KEY_BYTES = 32;
const TAG_BYTES = 16;

/** RFC 3394, 2.2.3.1. */
const WRAP_IV = Buffer.alloc(8, 0xa6);

export const immediateSubtle = {
  importKey: async (_format: 'raw', bytes: Uint8Array): Promise<Key> => ({ bytes }),
  exportKey: async (_format: 'raw', { bytes }: Key) => bytes,

  deriveKey: async (
    { salt, info }: { readonly salt: Uint8Array; readonly info: Uint8Array },
    { bytes }: Key,
  ): Promise<Key> => ({
    bytes: new Uint8Array(hkdfSync('sha256', bytes, salt, info, KEY_BYTES)),
  }),

  wrapKey: async (_format: 'raw', { bytes }: Key, by: Key) => {
    const cipher = createCipheriv('id-aes256-wrap', by.bytes, WRAP_IV);
    return Buffer.concat([cipher.update(bytes), cipher.final()]);
  },

  unwrapKey: async (_format: 'raw', wrapped: Uint8Array, by: Key): Promise<Key> => {
    const decipher = createDecipheriv('id-aes256-wrap', by.bytes, WRAP_IV);
    return { bytes: Buffer.concat([decipher.update(wrapped), decipher.final()]) };
  },

  encrypt: async ({ iv, additionalData }: Sealing, { bytes }: Key, plain: Uint8Array) => {
    const cipher = createCipheriv('aes-256-gcm', bytes, iv).setAAD(additionalData);
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  },

  decrypt: async ({ iv, additionalData }: Sealing, { bytes }: Key, sealed: Uint8Array) => {
    const decipher = createDecipheriv('aes-256-gcm', bytes, iv)
      .setAAD(additionalData)
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  },

  sign: async (_algorithm: 'HMAC', { bytes }: Key, content: Uint8Array) =>
    createHmac('sha256', bytes).update(content).digest(),
};
