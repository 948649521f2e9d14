/**
 * What a folder of migrations creates. Read as SQL and not as text: line ends, spaces, comments, the way a name is
 * quoted and IF NOT EXISTS are an editor's or a checkout's business.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A migration's file name: wrangler applies them in the order of their names. */
const MIGRATION = /^(\d+)_.*\.sql$/;

/** The first line of the copy of one of Ledge's own migrations; it may begin with a byte order mark. */
const COPY = /^\uFEFF?-- ledge (\d+)\s/;

export interface Migration {
  readonly file: string;
  readonly sql: string;
  /** In the form of `sqlForm`. */
  readonly statements: readonly string[];
  /** The number of Ledge's own migration that this is a copy of. */
  readonly copyOf: number | undefined;
}

/** In the order in which they are applied; none where there is no folder. */
export function readMigrations(folder: string): Migration[] {
  return migrationFiles(folder).map((file) => {
    const sql = readFileSync(join(folder, file), 'utf8');
    const number = COPY.exec(sql)?.[1];
    const copyOf = number === undefined ? undefined : Number(number);
    return { file, sql, statements: statementsOf(sql), copyOf };
  });
}

/** The statements that made each table that is still there: its own, and those of its indexes. */
export function releasedTables(migrations: readonly Migration[]): Map<string, string> {
  const tables = new Map<string, string>();
  for (const statement of migrations.flatMap(({ statements }) => statements)) {
    const { verb, name = '' } = tableOf(statement) ?? {};
    if (verb === 'create') tables.set(name, statement);
    if (verb === 'drop') tables.delete(name);
    const [, indexed = ''] = /^create (?:unique )?index \w+ on (\w+)/.exec(statement) ?? [];
    const table = tables.get(indexed);
    if (table !== undefined) tables.set(indexed, joined([table, statement]));
  }
  return tables;
}

/** The table that a statement is about: `create`, `alter` or `drop`. */
export function tableOf(statement: string): { verb: string; name: string } | undefined {
  const [, verb, name] = /^(create|alter|drop) table (\w+)/.exec(statement) ?? [];
  return verb === undefined || name === undefined ? undefined : { verb, name };
}

/** Above the highest there is: a number that was taken away is not given twice. */
export function nextNumber(folder: string): string {
  const numbers = migrationFiles(folder).map((file) => Number(MIGRATION.exec(file)?.[1]));
  return String(Math.max(0, ...numbers) + 1).padStart(4, '0');
}

function migrationFiles(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  return files.filter((name) => MIGRATION.test(name)).sort();
}

/** Statements in the form in which two texts are compared. */
export function sqlForm(sql: string): string {
  return joined(statementsOf(sql));
}

function joined(statements: readonly string[]): string {
  return statements.join('\n');
}

const TOKEN =
  /(?<skipped>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<literal>'(?:[^']|'')*')|(?<name>`(?:[^`]|``)+`|"(?:[^"]|"")+"|\[[^\]]+\])|\w+|[\s\S]/g;

function statementsOf(sql: string): string[] {
  const statements: string[][] = [[]];
  for (const { 0: token, groups = {} } of sql.matchAll(TOKEN)) {
    if (groups.skipped !== undefined) continue;
    if (token === ';') statements.push([]);
    else statements.at(-1)?.push(tokenForm(token, groups));
  }
  return statements.map((tokens) => tokens.join(' ').replace(EXISTS, '$1 table ')).filter(Boolean);
}

const EXISTS = /^(create|drop) table if (?:not )?exists /;

/** A name that needs no quotes has none; the others keep one kind. */
function tokenForm(token: string, { literal, name }: Record<string, string | undefined>): string {
  if (literal !== undefined) return token;
  if (name === undefined) return token.toLowerCase();
  const bare = name.slice(1, -1);
  return /^\w+$/.test(bare) ? bare : `\`${bare}\``;
}
