/**
 * Rows as JSON arrays for SQLite's `json_each`: one statement for any number of rows. The object's SQLite and D1 take 2
 * MB per bound value.
 */

/** In UTF-16 units, each at most three bytes of UTF-8. A longer row gets an array of its own. */
const BOUND_CHARACTERS_MAX = 600_000;

/** As few arrays as the limit allows, with the rows in their order; none for no rows. */
export function jsonArrays(rows: readonly unknown[]): string[] {
  return arraysOf(rows.map((row) => JSON.stringify(row)));
}

/** The same for rows that are JSON texts. */
export function arraysOf(rows: readonly string[]): string[] {
  const chunks: string[][] = [];
  let left = 0;
  for (const text of rows) {
    if (text.length > left) {
      chunks.push([]);
      left = BOUND_CHARACTERS_MAX;
    }
    chunks.at(-1)?.push(text);
    left -= text.length;
  }
  return chunks.map((chunk) => `[${chunk.join(',')}]`);
}
