/** A named query as a reading. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { NamedQuery } from '../../core/projection/projection-query.ts';
import type { Viewer } from '../../core/projection/row-scope.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import type { Reading, RowObject } from './reading.ts';

/** A named query has no cursor: a part of its rows would be taken for all of them. */
const tooLarge: Failure = { outcome: 'too-large', what: 'result', limitBytes: PAGE_BYTES_MAX };

/** `input` has passed the query's schema. */
export function queryReading(
  viewer: Viewer,
  query: NamedQuery,
  input: unknown,
): Reading<readonly RowObject[] | Failure> {
  return {
    selects: (selecting) => [query.build(selecting, viewer, input)],
    answer: ([rows = []], [isCut]) => (isCut ? tooLarge : rows),
  };
}
