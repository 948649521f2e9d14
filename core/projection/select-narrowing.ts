/** How a named query narrows and sorts its tables, read from its SQL, so that their indexes can serve it. */
import type { Narrowing } from './read-path.ts';
import type { ReadModelTable } from './table.ts';

/** By the names of tables. */
export type Narrowings = Readonly<Record<string, Narrowing>>;

/** As drizzle writes a column: `"orders"."net_cents"`. Not before `<>`, which an index cannot serve. */
const COMPARED = /"(\w+)"\."([^"]+)" (=|in\b|>=?|<(?!>)=?|between\b)/gi;
const JOINED = /= "(\w+)"\."([^"]+)"/g;
const SORTED = /order by "(\w+)"\."([^"]+)"/gi;

/** `ledge check` sees in the plan where a comparison does not narrow, as within an `OR`. */
export function narrowingsIn(sql: string, tables: readonly ReadModelTable[]): Narrowings {
  const compared = [...sql.matchAll(COMPARED)];
  const isEqual = ([, , , comparison = '']: readonly string[]) => /^(?:=|in)$/i.test(comparison);
  const equal = [...compared.filter(isEqual), ...sql.matchAll(JOINED)];
  const ranged = compared.filter((one) => !isEqual(one));
  const sorted = [...sql.matchAll(SORTED)];
  const narrowingOf = (model: ReadModelTable): Narrowing => ({
    equal: columnsIn(equal, model),
    ranged: columnsIn(ranged, model),
    sorted: columnsIn(sorted, model),
  });
  return Object.fromEntries(tables.map((model) => [model.name, narrowingOf(model)]));
}

/** By their declared names. */
function columnsIn(
  found: readonly (readonly string[])[],
  { name, columns }: ReadModelTable,
): string[] {
  const named = found.flatMap(([, table, column]) => (table === name ? [column] : []));
  return Object.entries(columns).flatMap(([declared, column]) =>
    named.includes(column.name) ? [declared] : [],
  );
}
