/**
 * Step 1 of an import: the file as numbered lines, each ready to be sent, blank or broken, from any place on. Reads on only
 * when asked for the next line, so memory stays one chunk.
 */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import type { LineForm, ParsedLine } from './line-form.ts';
import { type ByteLine, splitLines } from './split-lines.ts';

/** Chosen by us: the service refuses a command of this size anyway. */
export const LINE_BYTES_MAX = 1024 * 1024;

/** Behind a line: how many lines and bytes of the input came before. */
export interface LinePosition {
  readonly line: number;
  readonly offset: number;
}

export const BEGINNING: LinePosition = { line: 0, offset: 0 };

/** `start` and `end` are byte offsets in the file; `end` is behind the line break. */
export interface LinePlace {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

export type InputLine = LinePlace & (ParsedLine | { readonly kind: 'blank' });
export type ReadyLine = LinePlace & Extract<ParsedLine, { kind: 'ready' }>;

export async function* readLines(
  file: string,
  from: LinePosition,
  { parse }: Pick<LineForm, 'parse'>,
): AsyncGenerator<InputLine> {
  let number = from.line;
  for await (const line of splitLines(
    createReadStream(file, { start: from.offset }),
    LINE_BYTES_MAX,
  )) {
    number += 1;
    const place = { number, start: from.offset + line.start, end: from.offset + line.end };
    yield { ...place, ...readLine(number, line.bytes, parse) };
  }
}

function readLine(
  number: number,
  bytes: ByteLine['bytes'],
  parse: LineForm['parse'],
): ParsedLine | { kind: 'blank' } {
  if (!bytes) return { kind: 'broken', reason: `longer than ${LINE_BYTES_MAX} bytes` };
  if (!isUtf8(bytes)) return { kind: 'broken', reason: 'not UTF-8' };
  const text = bytes.toString('utf8');
  if (text.trim() === '') return { kind: 'blank' };
  return parse(number, number === 1 ? text.replace(/^\uFEFF/, '') : text);
}
