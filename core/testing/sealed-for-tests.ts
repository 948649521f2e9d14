/**
 * Personal data in the test kits: plain in what a test sends and expects, sealed in between. Sealed values of a test have
 * the form of real ones and no key: equal values are equal, so that expectations can be compared.
 */
import type * as z from 'zod';
import { type PlainRead, readPlain } from '../sealed/read-plain.ts';
import { parseSealed, SEALED_BYTES_MIN, sealedText } from '../sealed/sealed.ts';
import { replaceSealed } from '../sealed/sealed-places.ts';

/** Parses plain data as the door does. */
export function readTestInput(schema: z.ZodType, input: unknown): PlainRead {
  const read = readPlain(schema, input, 'test');
  if (!read.success) return read;
  const sealed = new Map(
    read.personal.map(({ placeholder, subject, plain }) => [
      placeholder,
      testSealed(subject, plain),
    ]),
  );
  return { ...read, data: replaceSealed(read.data, (text) => sealed.get(text)) };
}

/** @throws ZodError when the schema refuses the plain data */
export function parsedTestInput(schema: z.ZodType, input: unknown): unknown {
  const read = readTestInput(schema, input);
  if (!read.success) throw read.error;
  return read.data;
}

/** What a test expects: the plain values. */
export function openedForTests<Value>(value: Value): Value {
  return replaceSealed(value, (text) => {
    const { bytes = '' } = parseSealed(text) ?? {};
    return bytes.startsWith(MARK) ? JSON.parse(textOfHex(bytes.slice(MARK.length))) : text;
  });
}

/** In the place of what makes equal values differ. */
const MARK = '_'.repeat(SEALED_BYTES_MIN * 2);

function testSealed(subject: string, plain: unknown): string {
  const bytes = `${MARK}${hexOf(JSON.stringify(plain))}`;
  return sealedText({ subject, incarnation: 1, bytes });
}

const UNIT_DIGITS = 4;

function hexOf(text: string): string {
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return units.map((unit) => unit.toString(16).padStart(UNIT_DIGITS, '0')).join('');
}

function textOfHex(hex: string): string {
  const units = hex.match(/.{4}/g) ?? [];
  return units.map((unit) => String.fromCharCode(Number.parseInt(unit, 16))).join('');
}
