/** Columns of read models that hold sealed values. */
import type { SQLiteColumnBuilderBase } from 'drizzle-orm/sqlite-core';
import type { Sealed } from './sealed.ts';

/** The column with sealed values in the place of plain ones. */
export interface PersonalColumn<Column extends SQLiteColumnBuilderBase> {
  readonly _: Omit<Column['_'], 'data'> & { readonly data: Sealed<Column['_']['data']> };
}

/** By the column as it was declared, which a table keeps. */
const subjects = new WeakMap<object, string>();

export function markPersonal<Column extends SQLiteColumnBuilderBase>(
  column: Column,
  subject: string,
): PersonalColumn<Column> {
  subjects.set(column, subject);
  // At run time it is the same column: its values are texts.
  return column as unknown as PersonalColumn<Column>;
}

/** The name of the column with the subject; undefined for a column that is not personal. */
export function subjectOfColumn(column: SQLiteColumnBuilderBase | undefined): string | undefined {
  return column && subjects.get(column);
}

/** A sentence for the first personal column that cannot be one. `compared`: the columns of keys, filters, sorts, indexes. */
export function columnFault(
  columns: Readonly<Record<string, SQLiteColumnBuilderBase>>,
  compared: readonly string[],
): string | undefined {
  for (const [name, column] of Object.entries(columns)) {
    const subject = subjectOfColumn(column);
    if (subject === undefined) continue;
    if (compared.includes(name)) {
      return `${name} is personal: sealed values cannot be compared, so it is in no key, filter, sort or index.`;
    }
    const beside = columns[subject];
    if (!beside || subjectOfColumn(beside) !== undefined) {
      return `${name} is personal of ${subject}, which is no column beside it: add ${subject}: text().notNull().`;
    }
  }
  return undefined;
}
