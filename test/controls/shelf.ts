/** Read models with columns of every kind that can be filtered by, keys that are no texts, and queries that join. */
import { and, desc, eq, gte, inArray, lte, sql } from 'drizzle-orm';
import { integer, numeric, real, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineApp } from '../../core/app.ts';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { type Row, table } from '../../core/projection/table.ts';
import { product } from '../shop/product.ts';

const kinds = ['tea', 'coffee', 'cocoa'] as const;

const columns = {
  id: text().notNull(),
  kind: text({ enum: kinds }).notNull(),
  name: text().notNull(),
  note: text(),
  cents: integer().notNull(),
  kilos: real().notNull(),
  isFair: integer('is_fair', { mode: 'boolean' }).notNull(),
  pickedAt: integer('picked_at', { mode: 'timestamp_ms' }).notNull(),
  /** Whole seconds. */
  packedAt: integer('packed_at', { mode: 'timestamp' }).notNull(),
  price: numeric().notNull(),
};

export type Good = Row<typeof columns>;

const goods = table(columns, {
  key: ['id'],
  filters: ['kind', 'name', 'note', 'cents', 'kilos', 'isFair', 'pickedAt', 'packedAt', 'price'],
  sorts: ['name', 'cents', 'kilos', 'isFair', 'pickedAt', 'packedAt', 'price'],
  indexes: [['cents'], ['name'], ['kind', 'kilos'], ['isFair', 'cents']],
});

/** Its columns are called like those of goods. */
const labels = table(
  { id: text().notNull(), name: text().notNull(), isFair: integer({ mode: 'boolean' }).notNull() },
  { key: ['id'], filters: ['isFair'], sorts: ['name'] },
);

/** Of every kind that an address can write. */
const pickedInput = z.strictObject({
  ids: z.array(z.string()),
  minCents: z.int().default(0),
  minKilos: z.number().exactOptional(),
  fair: z.boolean().exactOptional(),
  kinds: z.array(z.enum(kinds)).exactOptional(),
  pickedBy: z.date().exactOptional(),
});

const goodsProjection = defineProjection({
  name: 'goods',
  version: 1,
  from: [],
  tables: { goods, labels },
  list: 'goods',
  on: {},
})
  .query('labelled', z.strictObject({ kind: z.enum(kinds) }), (db, { goods, labels }, { kind }) =>
    db
      .select()
      .from(goods)
      .leftJoin(labels, eq(labels.id, goods.id))
      .where(eq(goods.kind, kind))
      .orderBy(desc(goods.cents)),
  )
  .query('picked', pickedInput, (db, { goods }, input) =>
    db
      .select({ id: goods.id })
      .from(goods)
      .where(
        and(
          inArray(goods.id, input.ids),
          gte(goods.cents, input.minCents),
          input.minKilos === undefined ? undefined : gte(goods.kilos, input.minKilos),
          input.fair === undefined ? undefined : eq(goods.isFair, input.fair),
          input.kinds && inArray(goods.kind, input.kinds),
          input.pickedBy && lte(goods.pickedAt, input.pickedBy),
        ),
      )
      .orderBy(goods.id),
  )
  .query('twice', z.strictObject({}), (db, { goods }) =>
    db
      .select({ name: goods.name, again: goods.name, fair: goods.isFair, at: goods.pickedAt })
      .from(goods)
      .orderBy(desc(goods.id))
      .limit(2),
  )
  .query('dearest', z.strictObject({}), (db, { goods }) => {
    const dearest = db
      .$with('dearest')
      .as(db.select().from(goods).orderBy(desc(goods.cents)).limit(2));
    return db.with(dearest).select({ id: dearest.id, fair: dearest.isFair }).from(dearest);
  })
  .query('kinds', z.strictObject({}), (db, { goods }) =>
    db
      .select({ kind: goods.kind, cents: sql<number>`sum(${goods.cents})` })
      .from(goods)
      .groupBy(goods.kind)
      .orderBy(goods.kind),
  )
  .query('names', z.strictObject({}), (db, { goods, labels }) =>
    db
      .select({ name: goods.name })
      .from(goods)
      .union(db.select({ name: labels.name }).from(labels))
      .orderBy(sql`1 DESC`),
  );

const boxes = defineProjection({
  name: 'boxes',
  version: 1,
  from: [],
  tables: {
    boxes: table(
      {
        number: integer().notNull(),
        isCool: integer('is_cool', { mode: 'boolean' }).notNull(),
        text: text().notNull(),
      },
      { key: ['number', 'isCool'] },
    ),
  },
  on: {},
});

/** Like goods it has an id as its key. */
const jars = defineProjection({
  name: 'jars',
  version: 1,
  from: [],
  tables: { jars: table({ id: text().notNull() }, { key: ['id'] }) },
  on: {},
});

export const shelfApp = defineApp({
  aggregates: [product],
  projections: [goodsProjection, boxes, jars],
});
