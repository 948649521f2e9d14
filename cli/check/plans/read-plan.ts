/** SQLite's plan of a statement, and whether it reads more rows than it answers. */
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

export interface Statement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

export interface Plan {
  readonly sql: string;
  /** Of each table that it reads: `tenant=? AND order=?`; empty for a scan. */
  readonly constraints: readonly string[];
  /** Whether rows are sorted or grouped after they are read. */
  readonly sorts: boolean;
  /** In SQLite's words. */
  readonly text: string;
}

const ACCESS =
  /^(?:SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?(?:PRIMARY KEY|INDEX \w+))?(?: \((.*)\))?/;

/** `tables`: those whose accesses are wanted. */
export function planOf(
  database: DatabaseSync,
  { sql, params }: Statement,
  tables: readonly string[],
): Plan {
  const steps = database
    .prepare(`EXPLAIN QUERY PLAN ${sql}`)
    // Texts, numbers and null: what D1 takes.
    .all(...(params as readonly SQLInputValue[]))
    .map(({ detail }) => String(detail));
  const constraints = steps.flatMap((step) => {
    const [, table = '', constraint = ''] = ACCESS.exec(step) ?? [];
    return tables.includes(table) ? [constraint] : [];
  });
  const sorts = steps.some((step) => step.startsWith('USE TEMP B-TREE'));
  return { sql, constraints, sorts, text: steps.join('; ') };
}

/** Whether each table is read by more than the tenant: by a value, a bound, or a row of another table. */
export function isNarrowed({ constraints }: Plan): boolean {
  return constraints.every((constraint) => constraint.includes(' AND '));
}

/** Whether each table is read by a value beside the tenant, as a rule over rows has one. */
export function isBoundByValue({ constraints }: Plan): boolean {
  return constraints.every((constraint) => / AND [^ ]+=\?/.test(constraint));
}

const SUMS_UP =
  /\b(?:count|sum|avg|min|max|total|group_concat)\(|\b(?:group by|having|distinct)\b/i;
const COMBINES = /\b(?:join|union|intersect|except)\b/i;

/** Whether reading the rows of the tenant ends at the statement's limit: it leaves none out, sorts and sums up none. */
export function endsAtLimit({ sql, constraints, sorts }: Plan): boolean {
  const conditions = sql.match(/\bwhere\b/gi) ?? [];
  const isPlain = conditions.length === 1 && !/ where .* and /i.test(sql);
  return constraints.length === 1 && isPlain && !sorts && !SUMS_UP.test(sql) && !COMBINES.test(sql);
}
