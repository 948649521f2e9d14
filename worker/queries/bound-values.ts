/**
 * D1 binds at most a hundred values to a statement; a query for rows by their ids may have more. Then all of them
 * become one bound value, a JSON array, and each placeholder reads its element.
 */

/** The platform's limit: https://developers.cloudflare.com/d1/platform/limits */
const BOUND_VALUES_MAX = 100;

/** The limit on the array. The platform's limit is 2 MB per bound value; a character takes at most three bytes. */
const BOUND_CHARACTERS_MAX = 600_000;

export interface BoundStatement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** @throws Error when the values do not fit into one: too long together, or not JSON */
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

/** A question mark within quotes is not a placeholder. */
const QUOTED_OR_PLACE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\?/g;

function isScalar(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return value === null || typeof value === 'string' || typeof value === 'boolean';
}
