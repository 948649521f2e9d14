/** `personal`: marks a field of an event or a command, or a column of a table, as personal data of a subject. */
import type { SQLiteColumnBuilderBase } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { markPersonal, type OpenColumn, type PersonalColumn } from './personal-column.ts';
import { type PersonalSchema, personalSchema } from './personal-schema.ts';

/**
 * Declares personal data. `subject` is the field beside it, or the column, with the id of the person that it is about.
 * Commands and events get it sealed: `decide`, `evolve`, projections, reactors and sagas can move and keep it, and cannot
 * read or compare it. What a decision needs of it is a field of its own in the command. Clients send the plain value, and
 * receive it if a role of theirs grants `personal`, else `null`.
 *
 * `open`: the projector opens the value when it writes the row, so that the column can filter, sort and be in indexes. The
 * table then has it plain, and `null` from the forgetting of its subject on. It can be null, and the table needs an index
 * that begins with the subject.
 *
 * @throws Error for a column that is not a text
 * @example
 * const name = personal(z.string().min(1).max(200), 'customer');
 * event(z.strictObject({ customer: z.string(), name, country: z.string() }));
 * table({ customer: text().notNull(), name: personal(text(), 'customer') }, { key: ['customer'] });
 * table({ customer: text().notNull(), name: personal(text(), 'customer', { open: true }) }, {
 *   key: ['customer'],
 *   sorts: ['name'],
 *   indexes: [['name']],
 * });
 */
export function personal<Schema extends z.ZodType>(
  schema: Schema,
  subject: string,
): PersonalSchema<z.output<Schema>>;
export function personal<Column extends SQLiteColumnBuilderBase>(
  column: Column,
  subject: string,
  options: { readonly open: true },
): OpenColumn<Column>;
export function personal<Column extends SQLiteColumnBuilderBase>(
  column: Column,
  subject: string,
): PersonalColumn<Column>;
export function personal(
  given: z.ZodType | SQLiteColumnBuilderBase,
  subject: string,
  options?: { readonly open: true },
):
  | PersonalSchema<unknown>
  | PersonalColumn<SQLiteColumnBuilderBase>
  | OpenColumn<SQLiteColumnBuilderBase> {
  return given instanceof z.ZodType
    ? personalSchema(given, subject)
    : markPersonal(given, subject, options?.open ?? false);
}
