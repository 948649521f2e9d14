/**
 * A list as one parameter of an address: `a,b\,c` is the list of `a` and `b,c`. No text at all is the empty list, so
 * the list of one empty text has a sign of its own.
 */

export const LIST_RULE =
  'Comma-separated; `\\,` is a comma within a value, `\\\\` a backslash, `\\e` an empty value. Empty: no value.';

/** Two first halves of surrogate pairs: no decoded URL holds them, though single halves are parts of its characters. */
const BETWEEN_ITEMS = '\uD800\uD800';

const ESCAPES: Readonly<Record<string, string>> = { '\\,': ',', '\\\\': '\\', '\\e': '' };

/** Undefined where a backslash is before anything else. */
export function listItems(text: string): string[] | undefined {
  if (text === '') return [];
  if (/\\/.test(text.replace(/\\[\\,e]/g, ''))) return undefined;
  return text.replace(/\\[\\,e]|,/g, (part) => ESCAPES[part] ?? BETWEEN_ITEMS).split(BETWEEN_ITEMS);
}
