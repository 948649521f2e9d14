/**
 * Ids of any text. A path, an address or a title is no id of an aggregate; `idOf` makes one of it that `textOf` reads
 * back, so that domains neither invent an escape of their own nor repeat it in each reader.
 */
import { sha256 } from '../values/sha-256.ts';
import { isIdentifier } from './stream.ts';

const ID_LENGTH_MAX = 128;

/** As the id that it is: all that an identifier may hold, except the escape itself. */
const PLAIN = /[A-Za-z0-9._-]/;

const ESCAPE = '~';
const EMPTY = ESCAPE;
/** No id that can be read back holds two in a row. */
const HASH_MARK = `${ESCAPE}${ESCAPE}`;

/**
 * The id of a text. Letters, digits, `.`, `_` and `-` stay; every other character is its UTF-8 bytes, each as `~` and
 * two hexadecimal digits. An id that would be longer than 128 characters is its readable beginning, `~~` and the
 * SHA-256 of the text: equal texts have equal ids and different texts have different ones, but `textOf` cannot read it.
 *
 * @throws TypeError for half of a surrogate pair, which UTF-8 cannot hold
 * @example idOf('src/a b.ts') // 'src~2Fa~20b.ts'
 */
export function idOf(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('An id cannot hold half of a surrogate pair.');
  const escaped = Array.from(text, escapedCharacter).join('') || EMPTY;
  if (escaped.length > ID_LENGTH_MAX) return hashedId(text);
  // `.` and `..` are no identifiers.
  return isIdentifier(escaped) ? escaped : escaped.replace('.', hexBytes);
}

/** The text that an id was made of by `idOf`; undefined for an id that holds a hash, and for any other. */
export function textOf(id: string): string | undefined {
  if (id.includes(HASH_MARK)) return undefined;
  const text = id === EMPTY ? '' : unescaped(id);
  return text !== undefined && idOf(text) === id ? text : undefined;
}

function hashedId(text: string): string {
  const hash = `${HASH_MARK}${sha256(text)}`;
  let beginning = '';
  for (const character of text) {
    const longer = beginning + escapedCharacter(character);
    if (longer.length + hash.length > ID_LENGTH_MAX) break;
    beginning = longer;
  }
  return beginning + hash;
}

function escapedCharacter(character: string): string {
  return PLAIN.test(character) ? character : hexBytes(character);
}

/** `encodeURIComponent` leaves some of the characters that an identifier cannot hold. */
function hexBytes(character: string): string {
  const encoded = encodeURIComponent(character);
  const hex = character.charCodeAt(0).toString(16).toUpperCase();
  return encoded === character ? ESCAPE + hex : encoded.replaceAll('%', ESCAPE);
}

function unescaped(id: string): string | undefined {
  try {
    return decodeURIComponent(id.replaceAll(ESCAPE, '%'));
  } catch {
    return undefined;
  }
}
