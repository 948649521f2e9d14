/** A named query as a reading. Called by the query route and, later, by whoever pushes its changes. */
import type { NamedQuery } from '../../core/projection.ts';
import type { Reading, RowObject } from './reading.ts';

/** `input` has passed the query's schema. */
export function queryReading(
  tenant: string,
  query: NamedQuery,
  input: unknown,
): Reading<readonly RowObject[]> {
  return {
    selects: (selecting) => [query.build(selecting, tenant, input)],
    answer: ([rows = []]) => rows,
  };
}
