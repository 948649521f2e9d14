/** The rows of a live query as they are sent, each with a key that stays the same from result to result. */

import type { Failure } from '../../core/aggregate/outcome.ts';
import type { LiveRow } from '../../core/live/live-difference.ts';
import type { ReadModelTable } from '../../core/projection/table.ts';
import { utf8Bytes } from '../../core/values/bytes.ts';
import { digest } from '../../durable-objects/digest.ts';
import type { RowObject } from '../queries/reading.ts';

/** Our limit on the rows of one result, as JSON. Each group has its result in memory. */
const RESULT_BYTES_MAX = 1_000_000;

export const resultTooLarge: Failure = {
  outcome: 'too-large',
  what: 'result',
  limitBytes: RESULT_BYTES_MAX,
};

/** The keys of a result's rows. `texts` are the rows as JSON. */
export type RowKeys = (rows: readonly RowObject[], texts: readonly string[]) => readonly string[];

/** Rows as JSON: a date is a text, as in every other response. */
export function sentRows(rows: readonly RowObject[], keys: RowKeys): readonly LiveRow[] | Failure {
  const texts = rows.map((row) => JSON.stringify(row));
  const bytes = texts.reduce((sum, text) => sum + utf8Bytes(text), 0);
  if (bytes > RESULT_BYTES_MAX) return resultTooLarge;
  const plain: RowObject[] = texts.map((text) => JSON.parse(text));
  const keyed = keys(plain, texts);
  return plain.map((row, index) => ({ key: keyed[index] ?? '', row }));
}

/** The key as in the row's URL: its parts, percent-encoded, with commas. */
export function keysByColumns({ definition }: ReadModelTable): RowKeys {
  return (rows) =>
    rows.map((row) =>
      definition.key.map((name) => encodeURIComponent(String(row[name]).toWellFormed())).join(','),
    );
}

/** The rows of a named query need not have a key: equal rows are distinguished by a counter. */
export const keysByContent: RowKeys = (_rows, texts) => {
  const counts = new Map<string, number>();
  return texts.map((text) => {
    const key = digest(text);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return `${key}.${count}`;
  });
};
