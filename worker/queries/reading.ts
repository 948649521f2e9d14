/**
 * A query as data: its selects, made before anything is read, and the function from their rows to the result. The
 * built-in list and get and every named query are readings, which `read` runs on D1.
 */
import type { Select, SelectBuilder } from '../../core/projection/projection-query.ts';
import { type PreparedSelect, prepareSelect, selecting } from './prepared-select.ts';

export type RowObject = Readonly<Record<string, unknown>>;

export interface Reading<Answer> {
  readonly selects: (selecting: SelectBuilder) => readonly (Select | PreparedSelect)[];
  /** No select that is not prepared reads more rows than this; left out where each has a limit of its own. */
  readonly rowsMax?: number;
  /** Takes the rows of each select, in order, and whether they were cut at the bytes of a page. */
  readonly answer: (results: readonly (readonly RowObject[])[], cuts: readonly boolean[]) => Answer;
}

/** The statements of a reading, which D1 runs in one batch. */
export function statementsOf({ selects, rowsMax }: Reading<unknown>): PreparedSelect[] {
  return selects(selecting).map((select) =>
    'rowOf' in select ? select : prepareSelect(select, rowsMax),
  );
}
