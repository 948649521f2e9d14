/** Where the texts that begin with a prefix lie, in the order in which SQLite compares texts. Called by filters. */

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

/**
 * The first text after all that begin with the prefix; undefined when there is none. SQLite compares the bytes of
 * UTF-8, which order texts by code point, and half a surrogate pair is none.
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
