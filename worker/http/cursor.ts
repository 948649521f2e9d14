/** Opaque cursors: what a page ended with, so that the next one begins after it, in the same list alone. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { canonicalJson } from '../../core/json.ts';

const cursorValues = z.array(z.union([z.string(), z.number()]));

export type CursorValues = z.output<typeof cursorValues>;

/** `list` is all that a page depends on but where it begins: whose rows, which filters, in which order. */
export function encodeCursor(list: unknown, values: CursorValues): string {
  return Buffer.from(JSON.stringify([digest(list), ...values])).toString('base64url');
}

/** Undefined when the text is not a cursor of ours, or one of another list. */
export function decodeCursor(list: unknown, text: string): CursorValues | undefined {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    const [of, ...values] = cursorValues.parse(decoded);
    return of === digest(list) ? values : undefined;
  } catch {
    return undefined;
  }
}

/** Against mistakes, not against forgers: whoever makes up values reads their own rows from there. */
function digest(list: unknown): string {
  return createHash('sha256').update(canonicalJson(list)).digest('base64url').slice(0, 16);
}

/** RFC 8288: the address of what comes next, which differs in one parameter. */
export function nextLink(url: string, parameter: string, value: string): { link: string } {
  const next = new URL(url);
  next.searchParams.set(parameter, value);
  return { link: `<${next.pathname}${next.search}>; rel="next"` };
}
