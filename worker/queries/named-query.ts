/** A named query as a reading: all of its rows, or none where they are too many or too large. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { NamedQuery } from '../../core/projection/projection-query.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import type { Reading, RowObject } from './reading.ts';

/** A named query has no cursor: a part of its rows would be taken for all of them. */
const tooLarge: Failure = { outcome: 'too-large', what: 'result', limitBytes: PAGE_BYTES_MAX };

/** Our limit on the rows of a named query, which the next row ends: D1 bills each row that is read. */
export const QUERY_ROWS_MAX = 1_000;

const tooManyRows: Failure = { outcome: 'too-many-rows', limitRows: QUERY_ROWS_MAX };

/** `input` has passed the query's schema. */
export function queryReading(
  viewer: Viewer,
  query: NamedQuery,
  input: unknown,
): Reading<readonly RowObject[] | Failure> {
  return {
    selects: (selecting) => [query.build(selecting, viewer, input)],
    rowsMax: QUERY_ROWS_MAX + 1,
    answer: ([rows = []], [isCut]) => {
      if (isCut) return tooLarge;
      return rows.length > QUERY_ROWS_MAX ? tooManyRows : rows;
    },
  };
}
