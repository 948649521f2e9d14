/**
 * The text of an API key: `ledge_` and 54 characters of base 62, which are 40 bytes: 12 of the id, 24 of the secret, 4
 * of the tag. Fixed in length and without punctuation, so that scanners find it and a double click selects it.
 */

const PREFIX = 'ledge_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;
/** 62 to this power is just above 2 to the 320. */
const CHARACTERS = 54;

export const ID_BYTES = 12;
export const SECRET_BYTES = 24;
export const TAG_BYTES = 4;
export const KEY_BYTES = ID_BYTES + SECRET_BYTES + TAG_BYTES;

const FORM = /^ledge_[0-9A-Za-z]{54}$/;
const VALUES = new Map(Array.from(DIGITS, (digit, value) => [digit, BigInt(value)]));

export interface KeyParts {
  /** In hexadecimal: names the key, and is no secret. */
  readonly id: string;
  readonly secret: Uint8Array;
  readonly tag: Uint8Array;
}

export function keyText(bytes: Uint8Array): string {
  if (bytes.length !== KEY_BYTES) throw new RangeError(`A key has ${KEY_BYTES} bytes.`);
  let rest = BigInt(`0x${hexOf(bytes)}`);
  let digits = '';
  for (let place = 0; place < CHARACTERS; place++) {
    digits = DIGITS.charAt(Number(rest % BASE)) + digits;
    rest /= BASE;
  }
  return PREFIX + digits;
}

/** Whether a text has the form of a key, which most others have not. */
export function isKeyText(text: string): boolean {
  return FORM.test(text);
}

/** Undefined for what does not have the form of a key; whether it was issued here is not known yet. */
export function parseKeyText(text: string): KeyParts | undefined {
  if (!FORM.test(text)) return undefined;
  let number = 0n;
  for (const digit of text.slice(PREFIX.length)) number = number * BASE + (VALUES.get(digit) ?? 0n);
  const hex = number.toString(16).padStart(KEY_BYTES * 2, '0');
  if (hex.length > KEY_BYTES * 2) return undefined;
  const bytes = bytesOf(hex);
  return {
    id: hex.slice(0, ID_BYTES * 2),
    secret: bytes.subarray(ID_BYTES, ID_BYTES + SECRET_BYTES),
    tag: bytes.subarray(ID_BYTES + SECRET_BYTES),
  };
}

/** Whether the text has the form of a key's id. */
export function isKeyId(text: string): boolean {
  return /^[0-9a-f]{24}$/.test(text);
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Of an even number of hexadecimal digits. */
export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
