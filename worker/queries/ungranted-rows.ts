/** Refuses a query none of whose tables has a row that the caller may see. */
import { ungranted } from '../../core/access/rights.ts';
import type { Failure } from '../../core/aggregate/outcome.ts';
import { scopeOf, type Viewer } from '../../core/projection/row-scope.ts';
import type { ReadModelTable } from '../../core/projection/table.ts';

/** Undefined where one of the tables is granted. The others are empty for the query. */
export function ungrantedRows(
  viewer: Viewer,
  tables: readonly ReadModelTable[],
): Failure | undefined {
  const names = tables.map(({ name }) => name);
  const isGranted = names.some((name) => scopeOf(viewer, name) !== undefined);
  return isGranted ? undefined : ungranted(`rows ${names.join(', ')}`);
}
