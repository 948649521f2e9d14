/** Opaque cursors: what a page ended with, so that the next one begins after it. */
import { z } from 'zod';

const values = z.array(z.union([z.string(), z.number()]));

export type CursorValues = z.output<typeof values>;

export function encodeCursor(cursor: CursorValues): string {
  return Buffer.from(JSON.stringify(cursor)).toString('base64url');
}

/** Undefined when the text is not a cursor of ours. */
export function decodeCursor(text: string): CursorValues | undefined {
  try {
    return values.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    return undefined;
  }
}

/** RFC 8288: the address of the next page. */
export function nextLink(url: string, cursor: string): Record<string, string> {
  const next = new URL(url);
  next.searchParams.set('cursor', cursor);
  return { link: `<${next.pathname}${next.search}>; rel="next"` };
}
