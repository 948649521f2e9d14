/** The order of stored values: numbers by size, texts as SQLite compares them. */

export function comesBefore(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return a < b;
  return typeof a === 'string' && typeof b === 'string' && textComesBefore(a, b);
}

/** By code point, as SQLite compares texts. JavaScript's own `<` puts an emoji before U+FFFD. */
function textComesBefore(a: string, b: string): boolean {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return (a.codePointAt(index) ?? -1) < (b.codePointAt(index) ?? -1);
}
