/** A domain small enough to count by: every event adds one to its counter's row. */
import { integer, text } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { defineAggregate } from '../../../core/aggregate/aggregate.ts';
import { accept } from '../../../core/aggregate/decision.ts';
import { event } from '../../../core/aggregate/event.ts';
import { defineProjection } from '../../../core/projection/define-projection.ts';
import type { Projection } from '../../../core/projection/projection.ts';
import { table } from '../../../core/projection/table.ts';

export const counter = defineAggregate({
  name: 'counter',
  events: { Counted: event(z.strictObject({})) },
  commands: { Count: z.strictObject({ times: z.int().min(1).max(10_000) }) },
  initialState: () => ({}),
  evolve: { Counted: (state) => state },
  decide: {
    Count: ({ times }) =>
      accept(...Array.from({ length: times }, () => ({ type: 'Counted' as const, data: {} }))),
  },
});

export function counts(version: number, previous?: Projection) {
  return defineProjection({
    name: 'counts',
    version,
    ...(previous && { previous }),
    from: [counter],
    tables: {
      counts: table(
        { counter: text().notNull(), total: integer().notNull() },
        { key: ['counter'] },
      ),
    },
    on: {
      counter: {
        Counted: ({ aggregateId }, { counts }) =>
          counts.upsert({ counter: aggregateId }, { add: { total: version === 1 ? 1 : one() } }),
      },
    },
  });
}

/** Takes about a tenth of a millisecond, so that a build is long enough to be killed in the middle. */
function one(): number {
  let number = 1;
  // Goes through numbers above zero, which only a reader of every row knows.
  for (let step = 0; step < 7_000; step++) number = (number * 48_271) % 2_147_483_647;
  return Math.sign(number);
}

/** What the migration of a version does. */
export function createCounts(version: number): string {
  return `CREATE TABLE counts_v${version} (tenant TEXT NOT NULL, counter TEXT NOT NULL, total INTEGER NOT NULL,
    PRIMARY KEY (tenant, counter)) WITHOUT ROWID`;
}
