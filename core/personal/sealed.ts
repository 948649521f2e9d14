/**
 * Sealed values: personal data as the inside has it, from the door to the log, the read models and back. The form is
 * `~1.{subject}.{incarnation}.{bytes}`; a value is recognised by its form, never by its key.
 */

import type * as z from 'zod';

declare const plain: unique symbol;

/**
 * A personal value that can be moved and kept, not read or compared. At run time it is a text. A client sends the plain
 * value and receives it, or `null`.
 */
export interface Sealed<out Plain = unknown> {
  readonly [plain]: Plain;
}

/** The values as clients send them: plain. Of any JSON no part is known to be sealed. */
export type Unsealed<Value> = z.core.util.JSONType extends Value
  ? Value
  : Value extends Sealed<infer Plain>
    ? Plain
    : Value extends string | number | boolean | bigint | null | undefined | Date
      ? Value
      : { [Key in keyof Value]: Unsealed<Value[Key]> };

/** The parts of a sealed value. */
export interface SealedParts {
  /** The person that the value is about. */
  readonly subject: string;
  /** The number of the subject's key: 1 until the subject is forgotten and authorised anew. */
  readonly incarnation: number;
  /** Initialisation vector, ciphertext and tag, in base64url. */
  readonly bytes: string;
}

/** Our limit. */
export const SUBJECT_LENGTH_MAX = 256;

export const SUBJECT_RULE = `1 to ${SUBJECT_LENGTH_MAX} characters, without half of a surrogate pair`;

export function isSubject(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > SUBJECT_LENGTH_MAX) return false;
  return text !== '' && text.isWellFormed();
}

const PREFIX = '~1.';

/** An initialisation vector of 12 bytes, a tag of 16, and the two bytes that the shortest JSON text in use has. */
export const SEALED_BYTES_MIN = 30;

const FORM = /^~1\.([^.]+)\.([1-9][0-9]{0,14})\.([A-Za-z0-9_-]{40,})$/;

export function sealedText({ subject, incarnation, bytes }: SealedParts): string {
  return `${sealedPrefix(subject)}${incarnation}.${bytes}`;
}

/** The beginning of all sealed values of a subject. Percent-encoded UTF-8, the dot too, so that no two are the same. */
export function sealedPrefix(subject: string): string {
  return `${PREFIX}${encodeURIComponent(subject).replaceAll('.', '%2E')}.`;
}

/** Undefined for a text that is not a sealed value. */
export function parseSealed(text: string): SealedParts | undefined {
  // Nearly every text ends here.
  if (!text.startsWith(PREFIX)) return undefined;
  const [, encoded = '', incarnation, bytes = ''] = FORM.exec(text) ?? [];
  const subject = incarnation === undefined ? undefined : decoded(encoded);
  if (!isSubject(subject)) return undefined;
  const parts = { subject, incarnation: Number(incarnation), bytes };
  // One value has one text.
  return sealedText(parts) === text ? parts : undefined;
}

export function isSealed(value: unknown): value is string {
  return typeof value === 'string' && parseSealed(value) !== undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
