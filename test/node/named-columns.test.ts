/** The SQL of the product names its columns: a table that gets a column more is still written and read as before. */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const SOURCES = ['{core,durable-objects,worker,migrations}/**/*.{ts,sql}'];

const INSERT = /\bINSERT\s+(?:OR\s+\w+\s+)?INTO\s+(?:\$\{[^}]*\}|[\w"`]+)/gi;

const EVERY_COLUMN = /\b(?:SELECT|RETURNING)\s+\*|\b\w+\.\*\s*(?:,|FROM\b)/gi;

/** The statements of a text that depend on the order or the number of a table's columns. */
function positional(text: string): string[] {
  const inserts = [...text.matchAll(INSERT)].filter(
    ({ 0: found, index }) => !/^\s*\(/.test(text.slice(index + found.length)),
  );
  return [...inserts, ...text.matchAll(EVERY_COLUMN)].map(([found]) => found);
}

test.each([
  'INSERT INTO event SELECT 1, 2',
  'INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?)',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template.
  'INSERT INTO ${table} VALUES (?)',
  'SELECT * FROM event',
  'SELECT answer.*, total FROM answer',
  'DELETE FROM event RETURNING *',
])('ST1 the scan finds %s', (sql) => {
  expect(positional(sql)).toHaveLength(1);
});

test.each([
  'INSERT INTO event (version, id) SELECT 1, 2',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a template.
  'INSERT INTO ${table} (${names}) VALUES (?)',
  'SELECT count(*) AS events FROM event',
])('ST1 the scan takes %s', (sql) => {
  expect(positional(sql)).toEqual([]);
});

test('ST1 every statement of the product names its columns', () => {
  const files = globSync(SOURCES).filter((file) => !file.endsWith('.test.ts'));
  expect(files.length).toBeGreaterThan(100);
  const found = files.flatMap((file) =>
    positional(readFileSync(file, 'utf8')).map((sql) => `${file}: ${sql}`),
  );
  expect(found).toEqual([]);
});
