/** The keys of generations and dead letters are spelled in one place, in TypeScript and in SQL. */
import { globSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOfAggregateSql, streamName } from '../../core/aggregate/stream.ts';
import {
  buildKey,
  buildKeySql,
  deadLetterId,
  deadLetterIdSql,
  generationKey,
  isKeyOfSql,
  isLetterNearSql,
} from '../../core/plan/keys.ts';

const database = new DatabaseSync(':memory:');

const name = fc.stringMatching(/^[A-Za-z0-9._~-]{1,12}$/);
const version = fc.integer({ min: 1, max: 120 });
const purpose = fc.constantFrom('primary', 'rebuild', 'verify');

function answered(expression: string, from: string, ...values: (string | number)[]): unknown {
  return database.prepare(`SELECT ${expression} AS answer FROM (${from}) AS one`).get(...values)
    ?.answer;
}

test('K11 SQL makes the keys of generations and dead letters as TypeScript does', () => {
  fc.assert(
    fc.property(name, version, purpose, name, name, (projection, version, purpose, type, id) => {
      const key = buildKey({ projection, version, purpose });
      const row = 'SELECT ? AS projection, CAST(? AS INTEGER) AS version, ? AS purpose';
      expect(answered(buildKeySql('one'), row, projection, version, purpose)).toBe(key);
      const stream = streamName({ aggregate: type, id });
      const letter = 'SELECT ? AS generation, ? AS stream, CAST(? AS INTEGER) AS version';
      const sql = deadLetterIdSql('generation', 'stream', 'version + 1');
      expect(answered(sql, letter, key, stream, version - 1)).toBe(
        deadLetterId(key, { stream, version }),
      );
    }),
  );
});

test('K11 the ranges over keys contain exactly the keys of a projection, a generation, an aggregate', () => {
  fc.assert(
    fc.property(name, name, version, purpose, (projection, other, version, purpose) => {
      const pair = 'SELECT ? AS key, ? AS name';
      const key = buildKey({ projection, version, purpose });
      for (const [one, isOwn] of [
        [projection, 1],
        [other, Number(other === projection)],
      ] as const) {
        expect(answered(isKeyOfSql('key', 'name'), pair, key, one)).toBe(isOwn);
        const stream = streamName({ aggregate: projection, id: 'o-1' });
        expect(answered(isOfAggregateSql('key', 'name'), pair, stream, one)).toBe(isOwn);
      }
      const id = deadLetterId(key, { stream: 'order/o-1', version: 1 });
      const generation = generationKey({ name: projection, version });
      expect(answered(isLetterNearSql('key', 'name'), pair, id, generation)).toBe(1);
    }),
  );
});

test('K11 no statement spells a key of its own', () => {
  const spelled = /\|\| ?'[@/+]|'[@/]' ?\|\|/;
  const files = globSync(['worker/**/*.ts', 'durable-objects/{aggregate,live,rebuild}/*.ts']);
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => spelled.test(readFileSync(file, 'utf8')))).toEqual([]);
});
