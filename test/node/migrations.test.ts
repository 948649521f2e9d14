/** `ledge migrations` and `ledge schemas`, as a checkout, an editor and a new app meet them. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { integer, numeric, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import { describe, expect, test } from 'vitest';
import { readModelTable, table } from '../../core/projection/table.ts';
import { createTable } from '../../migrations/create-table.ts';
import { readMigrations, releasedTables } from '../../migrations/read-migrations.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const shopMigrations = join(root, 'test/shop/migrations');
const shop = ['--app', 'test/shop/app.ts'];
const released = readdirSync(shopMigrations)
  .filter((name) => name.endsWith('.sql'))
  .map((name) => [name, readFileSync(join(shopMigrations, name), 'utf8')] as const);

function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'ledge-migrations-'));
}

/** The shop's migrations, each text changed by `edit`. */
function folderOf(edit: (sql: string) => string): string {
  const folder = emptyFolder();
  for (const [name, sql] of released) writeFileSync(join(folder, name), edit(sql));
  return folder;
}

interface Ran {
  readonly code: number;
  readonly output: string;
}

function run(name: string, ...args: string[]): Promise<Ran> {
  return new Promise((settle) => {
    const command = [join(root, 'cli/main.ts'), name, ...args];
    const child = execFile(process.execPath, command, { cwd: root }, (_error, stdout, stderr) =>
      settle({ code: child.exitCode ?? -1, output: stdout + stderr }),
    );
  });
}

const tablesIn = (folder: string) => releasedTables(readMigrations(folder));

const check = (folder: string, ...args: string[]) =>
  run('migrations', '--check', '--out', folder, ...shop, ...args);

describe('released tables are recognised', () => {
  test.each([
    ['MG1 as they were written', (sql: string) => sql],
    ['MG1 with the line ends of Windows', (sql: string) => sql.replaceAll('\n', '\r\n')],
    ['MG2 with IF NOT EXISTS', (sql: string) => sql.replaceAll('TABLE `', 'TABLE IF NOT EXISTS `')],
    [
      'MG2 laid out by hand',
      (sql: string) => sql.replaceAll(/\n {2}/g, ' ').replaceAll(', ', ' ,'),
    ],
    [
      'MG2 with comments',
      (sql: string) => `-- made; by hand\n${sql.replaceAll('(\n', '( -- new\n')}`,
    ],
    ['MG2 in lower case', (sql: string) => sql.toLowerCase()],
    ['MG2 with other quotes', (sql: string) => sql.replaceAll('`', '"')],
  ])('%s', (_name, edit) => {
    const tables = tablesIn(folderOf(edit));
    expect(tables).toEqual(tablesIn(shopMigrations));
    expect(tables.size).toBeGreaterThan(10);
  });

  test('MG1 by the check', async () => {
    const folder = folderOf((sql) => sql.replaceAll('\n', '\r\n'));
    expect(await check(folder)).toEqual({ code: 0, output: '' });
  });

  test('MG3 and one that differs is refused, with what to do', async () => {
    const folder = folderOf((sql) => sql.replace('`country` text NOT NULL', '`country` text'));
    const { code, output } = await check(folder);
    expect([code, output]).toEqual([
      1,
      expect.stringMatching(/^Table orders_v1 is released and differs now. Raise its projection's/),
    ]);
  });

  test('MG3 a table of Ledge’s own is not called a projection', async () => {
    const folder = folderOf((sql) =>
      sql.replace('`generation` text NOT NULL', '`generation` text'),
    );
    expect((await check(folder)).output).toMatch(
      /^0001_ledge_tables\.sql differs from Ledge's own migration at dead_letter: copy \S+ over it/,
    );
  });

  test('MG3 one that a migration drops again is made again', async () => {
    const folder = folderOf((sql) => sql);
    writeFileSync(join(folder, '0005_drop.sql'), 'DROP TABLE IF EXISTS "orders_v1";\n');
    expect((await check(folder)).output).toMatch(/^No migration creates orders_v1\. Run/);
  });
});

describe('a new migration', () => {
  test('MG4 is written into a folder that is made for it', async () => {
    const folder = join(emptyFolder(), 'new', 'migrations');
    expect(await check(folder)).toMatchObject({
      code: 1,
      output: expect.stringMatching(
        /^No migration creates Ledge's own 0001_tables\.sql, orders_v1, .*\. Run: /,
      ),
    });
    const { code, output } = await run('migrations', '--out', folder, ...shop);
    expect([code, readdirSync(folder)]).toEqual([0, ['0001_ledge_tables.sql', '0002_tables.sql']]);
    expect(output).toContain('0002_tables.sql creates orders_v1, ');
    expect(await check(folder)).toEqual({ code: 0, output: '' });
  });

  test('MG5 has a number above the highest, with any numbers missing below it', async () => {
    const folder = folderOf((sql) => sql.replace(/CREATE TABLE `sagas_v1`[^;]*;/, ''));
    writeFileSync(join(folder, '0009_by_hand.sql'), 'CREATE TABLE mine (id INTEGER);');
    await run('migrations', '--out', folder, ...shop);
    expect(readdirSync(folder)).toContain('0010_sagas_v1.sql');
  });

  test('MG6 an app that is not there is a sentence', async () => {
    const none = await check(emptyFolder(), '--app', 'src/none.ts');
    expect(none).toEqual({
      code: 1,
      output:
        'There is no file src/none.ts. --app, or "ledge": { "app": … } in package.json, names the module that exports the app.\n',
    });
    const other = await check(emptyFolder(), '--app', 'core/values/bytes.ts');
    expect(other.output).toMatch(/^core\/values\/bytes\.ts does not export app/);
    expect(other.output).not.toContain('    at ');
  });
});

describe('MG7 a default in the database', () => {
  const columns = {
    id: text().notNull(),
    since: integer({ mode: 'timestamp_ms' }).notNull().default(new Date(0)),
    second: integer({ mode: 'timestamp' }).notNull().default(new Date(5_000)),
    open: integer({ mode: 'boolean' }).notNull().default(true),
    tags: text({ mode: 'json' }).notNull().default({ whose: "dee's" }),
    note: text().notNull().default("it's"),
    amount: numeric().notNull().default('10.5'),
    share: real().notNull().default(0.5),
    count: integer().notNull().default(-3),
  };
  const hits = readModelTable('hits', table(columns, { key: ['id'] }), 1);

  test('is what the column stores for the value', () => {
    const database = new DatabaseSync(':memory:');
    database.exec(createTable(hits.table));
    database.exec("INSERT INTO hits_v1 (tenant, id) VALUES ('main', 'a')");
    const row = database.prepare('SELECT * FROM hits_v1').get();
    expect(row).toEqual({ tenant: 'main', id: 'a', ...hits.defaults });
    expect(hits.defaults).toMatchObject({
      since: 0,
      second: 5,
      open: 1,
      tags: '{"whose":"dee\'s"}',
    });
  });

  test('may be an expression', () => {
    const timed = sqliteTable('timed', {
      id: text().primaryKey(),
      at: text().default(sql`(date())`),
    });
    expect(createTable(timed)).toContain('`at` text DEFAULT (date())');
  });
});

test.each([
  ['a unique column', sqliteTable('odd', { id: text().unique() })],
  ['a generated column', sqliteTable('odd', { id: text(), of: text().generatedAlwaysAs(sql`id`) })],
  [
    'a reference',
    sqliteTable('odd', { id: text().references(() => sqliteTable('a', { id: text() }).id) }),
  ],
])('MG8 %s is refused instead of left out', (_name, odd) => {
  expect(() => createTable(odd)).toThrow('Table odd has more than columns with defaults');
});

describe('the events lock', () => {
  const lock = readFileSync(join(root, 'test/shop/events.lock.json'), 'utf8');

  function lockWith(edit: (text: string) => string): string {
    const file = join(emptyFolder(), 'events.lock.json');
    writeFileSync(file, edit(lock));
    return file;
  }

  const schemas = (file: string, ...args: string[]) =>
    run('schemas', '--lock', file, ...shop, ...args);

  test('E16 of another zod passes the check with a note; --rebase records the new one', async () => {
    const file = lockWith((text) => text.replace(/"@zod": "[\d.]+"/, '"@zod": "4.4.3"'));
    const before = await schemas(file, '--check');
    expect([before.code, before.output]).toEqual([
      0,
      expect.stringMatching(/recorded with zod 4\.4\.3, .* --rebase records the new zod\.\n$/),
    ]);
    expect((await schemas(file, '--rebase')).code).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(lock);
    expect(await schemas(file, '--check')).toEqual({ code: 0, output: '' });
  });

  test('E16 a shape that another zod may have written offers --rebase, which names it', async () => {
    const file = lockWith((text) =>
      text
        .replace(/"@zod": "[\d.]+"/, '"@zod": "4.4.3"')
        .replace('"minLength": 1', '"minLength": 2'),
    );
    const refused = await schemas(file, '--check');
    expect([refused.code, refused.output]).toEqual([1, expect.stringContaining('--rebase')]);
    const { code, output } = await schemas(file, '--rebase');
    expect([code, output]).toEqual([0, expect.stringContaining('Accepted: order OrderPlaced')]);
  });

  test('E17 of this zod cannot be rebased: what differs was changed', async () => {
    const file = lockWith((text) => text.replace('"minLength": 1', '"minLength": 2'));
    expect((await schemas(file, '--check')).output).not.toContain('--rebase');
    const { code, output } = await schemas(file, '--rebase');
    expect([code, output]).toEqual([1, expect.stringContaining('was changed in the code')]);
  });

  test('E17 with the line ends of Windows is the same lock', async () => {
    const file = lockWith((text) => text.replaceAll('\n', '\r\n'));
    expect(await schemas(file, '--check')).toEqual({ code: 0, output: '' });
  });
});
