/** A projection over the troublesome aggregate: notes decide what fails, and a deployment may fix it. */
import { integer, text } from 'drizzle-orm/sqlite-core';
import { defineApp } from '../../../core/app.ts';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import { table } from '../../../core/projection/table.ts';
import { testApp } from './entry.ts';
import { rowsOf } from './harness.ts';
import { troublesome } from './troublesome.ts';

const columns = { id: text().notNull(), notes: integer().notNull(), last: text().notNull() };

/** Counts the notes of each stream. Throws on `poison` until it is fixed; `double` inserts an existing row. */
export function works(version: number, bug: 'buggy' | 'mended' = 'buggy', previous?: Projection) {
  return defineProjection({
    name: 'works',
    version,
    ...(previous && { previous }),
    from: [troublesome],
    tables: { works: table(columns, { key: ['id'] }) },
    on: {
      troublesome: {
        Worked: ({ aggregateId: id, data: { note } }, { works }) => {
          if (bug === 'buggy' && note === 'poison') throw new Error('cannot take poison');
          if (bug === 'buggy' && note === 'double') return works.insert({ id, notes: 1, last: '' });
          return works.upsert({ id }, { add: { notes: 1 }, set: { last: note } });
        },
      },
    },
  });
}

export function appWith(...projections: readonly Projection[]) {
  return defineApp({
    aggregates: testApp.aggregates,
    projections: [...testApp.projections, ...projections],
  });
}

/** What the user's migration would do. */
export async function createWorks(version: number): Promise<void> {
  await rowsOf(`CREATE TABLE works_v${version} (tenant TEXT NOT NULL, id TEXT NOT NULL, notes INTEGER NOT NULL,
    last TEXT NOT NULL, PRIMARY KEY (tenant, id)) WITHOUT ROWID`);
}
