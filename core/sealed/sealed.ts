/**
 * Sealed values: personal data as the inside has it, from the door to the log, the read models and back. The form is
 * `~1.{subject}.{incarnation}.{bytes}`; a value is recognised by its form, never by its key.
 */

import type * as z from 'zod';
import { isIdentifier } from '../aggregate/stream.ts';

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
  /** The number of the subject's key: 1 until the subject is forgotten and authorized again. */
  readonly incarnation: number;
  /** Initialisation vector, ciphertext and tag, in base64url. */
  readonly bytes: string;
}

const PREFIX = '~1.';

/** An initialisation vector of 12 bytes, a tag of 16, and the two bytes that the shortest JSON text in use has. */
export const SEALED_BYTES_MIN = 30;

const DOT = '%2E';

const FORM = /^~1\.([^.]+)\.([1-9][0-9]{0,14})\.([A-Za-z0-9_-]{40,})$/;

export function sealedText({ subject, incarnation, bytes }: SealedParts): string {
  return `${sealedPrefix(subject)}${incarnation}.${bytes}`;
}

/**
 * The beginning of all sealed values of a subject, and of no other's. A subject is an identifier, which may have dots: they
 * are percent-encoded.
 */
export function sealedPrefix(subject: string): string {
  return `${PREFIX}${subject.replaceAll('.', DOT)}.`;
}

/** Undefined for a text that is not a sealed value. */
export function parseSealed(text: string): SealedParts | undefined {
  // Nearly every text ends here.
  if (!text.startsWith(PREFIX)) return undefined;
  const [, encoded = '', incarnation, bytes = ''] = FORM.exec(text) ?? [];
  const subject = encoded.replaceAll(DOT, '.');
  return isIdentifier(subject) ? { subject, incarnation: Number(incarnation), bytes } : undefined;
}

export function isSealed(value: unknown): value is string {
  return typeof value === 'string' && parseSealed(value) !== undefined;
}
