/**
 * D1 binds a hundred values to a statement, and a query that lists rows by their ids has more. Beyond that all of them
 * are one bound value, a JSON array, and each place in the statement reads its own element.
 */

/** The platform's: https://developers.cloudflare.com/d1/platform/limits */
const BOUND_VALUES_MAX = 100;

/** Of the array. The platform's: 2 MB a bound value, of which a character takes at most three bytes. */
const BOUND_CHARACTERS_MAX = 600_000;

export interface BoundStatement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** @throws Error when the values do not fit into one: too long together, or no JSON */
export function withinBoundValues({ sql, params }: BoundStatement): BoundStatement {
  if (params.length <= BOUND_VALUES_MAX) return { sql, params };
  const odd = params.find((value) => !isScalar(value));
  if (odd !== undefined) {
    throw new Error(
      `A query of ${params.length} values takes texts, finite numbers, booleans and null. List fewer than ${BOUND_VALUES_MAX}.`,
    );
  }
  const array = JSON.stringify(params);
  if (array.length > BOUND_CHARACTERS_MAX) {
    throw new Error(`The values of a query take at most ${BOUND_CHARACTERS_MAX} characters.`);
  }
  let index = 0;
  const placed = sql.replace(QUOTED_OR_PLACE, (part) =>
    part === '?' ? `(?1 ->> ${index++})` : part,
  );
  return { sql: placed, params: [array] };
}

/** A question mark within quotes is no place for a value. */
const QUOTED_OR_PLACE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}
