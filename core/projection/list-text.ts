/**
 * A list as one URL parameter: `a,b\,c` is the list of `a` and `b,c`. An empty parameter is the empty list, so that the
 * list of one empty text has an escape of its own.
 */

export const LIST_RULE =
  'Comma-separated; `\\,` is a comma within a value, `\\\\` a backslash, `\\e` an empty value. Empty: no value.';

/** Two high surrogates in a row, which no decoded URL contains. */
const BETWEEN_ITEMS = '\uD800\uD800';

const ESCAPES: Readonly<Record<string, string>> = { '\\,': ',', '\\\\': '\\', '\\e': '' };

/** Undefined for a backslash before any other character. */
export function listItems(text: string): string[] | undefined {
  if (text === '') return [];
  if (/\\/.test(text.replace(/\\[\\,e]/g, ''))) return undefined;
  return text.replace(/\\[\\,e]|,/g, (part) => ESCAPES[part] ?? BETWEEN_ITEMS).split(BETWEEN_ITEMS);
}
