import { integer, QueryBuilder, real, text } from 'drizzle-orm/sqlite-core';
import { expect, test } from 'vitest';
import { isVisible, type RowScope } from './row-scope.ts';
import { columnNamed, readModelTable, table } from './table.ts';

const model = readModelTable(
  'things',
  table(
    {
      thing: text().notNull(),
      size: integer().notNull(),
      weight: real().notNull(),
      isNew: integer('is_new', { mode: 'boolean' }).notNull(),
    },
    { key: ['thing'], indexes: [['size'], ['isNew']] },
  ),
  1,
);

function sqlOf(scope: RowScope | undefined) {
  const viewer = { tenant: 'main', rows: scope === undefined ? {} : { things: scope } };
  const { sql, params } = new QueryBuilder()
    .select({ thing: columnNamed(model.columns, 'thing') })
    .from(model.table)
    .where(isVisible(model, viewer))
    .toSQL();
  return { where: sql.split(' where ')[1], params };
}

const bySize = `'size:' || "things_v1"."tenant" = ?`;
const byNewness = `'is_new:' || "things_v1"."tenant" = ?`;

test.each<[string, RowScope | undefined, string, unknown[]]>([
  ['no grant', undefined, '0', []],
  ['all rows', 'all', '"things_v1"."tenant" = ?', ['main']],
  ['a number', { size: [3] }, `(${bySize} and "things_v1"."size" = ?)`, ['size:main', 3]],
  [
    'numbers',
    { size: [3, 4] },
    `(${bySize} and "things_v1"."size" IN (SELECT value FROM json_each(?)))`,
    ['size:main', '[3,4]'],
  ],
  [
    'a boolean, as it is stored',
    { isNew: [true] },
    `(${byNewness} and "things_v1"."is_new" = ?)`,
    ['is_new:main', 1],
  ],
  ['what the column cannot hold', { size: ['big'] }, `(${bySize} and 0)`, ['size:main']],
  [
    'of a list what it can hold',
    { size: ['big', 4] },
    `(${bySize} and "things_v1"."size" = ?)`,
    ['size:main', 4],
  ],
  ['no value', { size: [] }, `(${bySize} and 0)`, ['size:main']],
  [
    'a column of another version',
    { colour: ['red'] },
    '("things_v1"."tenant" = ? and 0)',
    ['main'],
  ],
  [
    'the key, which needs no index',
    { thing: ['a'], size: [1] },
    '("things_v1"."tenant" = ? and "things_v1"."thing" = ? and "things_v1"."size" = ?)',
    ['main', 'a', 1],
  ],
])('AC3 AC4 the condition on %s', (_name, scope, where, params) => {
  expect(sqlOf(scope)).toEqual({ where, params });
});
