/** The range of texts with a prefix, in SQLite's order of texts. */

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

/**
 * The first text after all with the prefix; undefined if there is none. SQLite compares the bytes of UTF-8, and so code
 * points, which lone surrogates are not.
 */
export function afterPrefix(prefix: string): string | undefined {
  const codePoints = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  const last = codePoints.findLastIndex((codePoint) => codePoint < LAST_CODE_POINT);
  if (last < 0) return undefined;
  const kept = codePoints.slice(0, last);
  return String.fromCodePoint(...kept, nextCodePoint(codePoints[last] ?? 0));
}

function nextCodePoint(codePoint: number): number {
  return codePoint === BEFORE_SURROGATES ? AFTER_SURROGATES : codePoint + 1;
}
