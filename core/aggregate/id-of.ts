/**
 * Ids of any text. A path, a URL or a title is not a valid aggregate id; `idOf` encodes it as one that `textOf`
 * decodes, so that domains need no escaping of their own.
 */
import { sha256 } from '../values/sha-256.ts';
import { isIdentifier } from './stream.ts';

const ID_LENGTH_MAX = 128;

/** Characters that stay as they are: those of an identifier, except the escape itself. */
const PLAIN = /[A-Za-z0-9._-]/;

const ESCAPE = '~';
const EMPTY = ESCAPE;
/** An id that can be decoded never contains two escapes in a row. */
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

/**
 * The text that `idOf` encoded; undefined for an id with a hash, and for any id that `idOf` did not make.
 *
 * @example textOf('src~2Fa~20b.ts') // 'src/a b.ts'
 */
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
