/** Columns of read models that hold personal data: sealed values, or plain ones where they are declared as open. */
import type { SQLiteColumnBuilderBase } from 'drizzle-orm/sqlite-core';
import type { Sealed } from './sealed.ts';

/** The column with sealed values in the place of plain ones. */
export interface PersonalColumn<Column extends SQLiteColumnBuilderBase> {
  readonly _: Omit<Column['_'], 'data'> & { readonly data: Sealed<Column['_']['data']> };
}

/** Handlers set sealed values, the table has plain ones, and named queries read and compare these. */
export interface OpenColumn<Column extends SQLiteColumnBuilderBase> {
  readonly _: PersonalColumn<Column>['_'] & { readonly open: true };
}

interface Mark {
  readonly subject: string;
  readonly isOpen: boolean;
}

/** By the column as it was declared, which a table keeps. */
const marks = new WeakMap<object, Mark>();

export function markPersonal<Column extends SQLiteColumnBuilderBase>(
  column: Column,
  subject: string,
  isOpen: boolean,
): PersonalColumn<Column> {
  marks.set(column, { subject, isOpen });
  // At run time it is the same column: its values are texts.
  return column as unknown as PersonalColumn<Column>;
}

/** The name of the column with the subject; undefined for a column that is not personal. */
export function subjectOfColumn(column: SQLiteColumnBuilderBase | undefined): string | undefined {
  return column && marks.get(column)?.subject;
}

export function isOpenColumn(column: SQLiteColumnBuilderBase | undefined): boolean {
  return column !== undefined && marks.get(column)?.isOpen === true;
}

/** The parts of a table's declaration that name columns. */
interface ComparedColumns {
  readonly key: readonly string[];
  readonly filters: readonly string[];
  readonly sorts: readonly string[];
  readonly indexes: readonly (readonly string[])[];
}

/** A sentence for the first personal column that cannot be one. */
export function columnFault(
  columns: Readonly<Record<string, SQLiteColumnBuilderBase>>,
  compared: ComparedColumns,
): string | undefined {
  for (const [name, column] of Object.entries(columns)) {
    const mark = marks.get(column);
    if (!mark) continue;
    const beside = columns[mark.subject];
    if (!beside || marks.has(beside)) {
      return `${name} is personal of ${mark.subject}, which is no column beside it: add ${mark.subject}: text().notNull().`;
    }
    const fault = mark.isOpen
      ? openFault(name, mark.subject, compared)
      : sealedFault(name, compared);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function sealedFault(
  name: string,
  { key, filters, sorts, indexes }: ComparedColumns,
): string | undefined {
  if (![key, filters, sorts, ...indexes].some((names) => names.includes(name))) return undefined;
  return `${name} is personal: sealed values cannot be compared, so it is in no key, filter, sort or index. Declare it { open: true } to store it plain.`;
}

/** The rows of a subject are found when it is forgotten. */
function openFault(
  name: string,
  subject: string,
  { key, indexes }: ComparedColumns,
): string | undefined {
  if (key.includes(name)) return `${name} is open: it becomes null, so it is in no key.`;
  if ([key, ...indexes].some(([first]) => first === subject)) return undefined;
  return `${name} is open, and forgetting ${subject} has to find its rows: add indexes: [['${subject}']].`;
}
