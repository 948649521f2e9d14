/** The test kit of row rules: events before, a principal, and the rows that it may see. */
import type { Aggregate } from '../aggregate/aggregate.ts';
import type { MemoryRow } from '../projection/memory-rows.ts';
import type { Projection } from '../projection/projection.ts';
import { type RowScope, scopeOf } from '../projection/row-scope.ts';
import { expectSame } from './expect-same.ts';
import { type ProjectedEvent, project, type RowsOf } from './project.ts';
import type { TestPrincipal } from './test-principal.ts';

/** The rows of a projection, before a principal reads them. */
export interface RowsStory<Read extends Projection> {
  as(principal: TestPrincipal): {
    /** Exactly these rows of each table, in the order of their keys. A table without a grant is empty. */
    thenRows(rows: RowsOf<Read>): void;
  };
}

/**
 * Begins a test of the rules over the rows of a projection.
 *
 * @example givenRows(orders, [placedByAnn, placedByBob]).as(ann).thenRows({ orders: [annsRow] });
 */
export function givenRows<Read extends Projection, const Sources extends readonly Aggregate[]>(
  projection: Read,
  events: { readonly [Index in keyof Sources]: ProjectedEvent<Sources[Index]> },
): RowsStory<Read> {
  const tables: Readonly<Record<string, readonly MemoryRow[]>> = project(projection, events);
  return {
    as: ({ rights: { caller, rows: granted } }) => ({
      thenRows: (expected) => {
        const viewer = { tenant: caller.tenant, rows: granted };
        const seen = Object.entries(tables).map(([name, rows]) => [
          name,
          rows.filter((row) => isSeen(row, scopeOf(viewer, name))),
        ]);
        expectSame(`Rows of ${projection.name}`, expected, Object.fromEntries(seen));
      },
    }),
  };
}

function isSeen(row: MemoryRow, scope: RowScope | undefined): boolean {
  if (scope === undefined || scope === 'all') return scope === 'all';
  return Object.entries(scope).every(([column, values]) =>
    values.some((value) => value === row[column]),
  );
}
