/** `personal`: marks a field of an event or a command, or a column of a table, as personal data of a subject. */
import type { SQLiteColumnBuilderBase } from 'drizzle-orm/sqlite-core';
import * as z from 'zod';
import { markPersonal, type PersonalColumn } from './personal-column.ts';
import { type PersonalSchema, personalSchema } from './personal-schema.ts';

/**
 * Declares personal data. `subject` is the field beside it, or the column, with the id of the person that it is about.
 * Commands and events get it sealed: `decide`, `evolve`, projections, reactors and sagas can move and keep it, and cannot
 * read or compare it. What a decision needs of it is a field of its own in the command. Clients send the plain value, and
 * receive it if a role of theirs grants `personal`, else `null`.
 *
 * @throws Error for a column that is not a text
 * @example
 * const name = personal(z.string().min(1).max(200), 'customer');
 * event(z.strictObject({ customer: z.string(), name, country: z.string() }));
 * table({ customer: text().notNull(), name: personal(text(), 'customer') }, { key: ['customer'] });
 */
export function personal<Schema extends z.ZodType>(
  schema: Schema,
  subject: string,
): PersonalSchema<z.output<Schema>>;
export function personal<Column extends SQLiteColumnBuilderBase>(
  column: Column,
  subject: string,
): PersonalColumn<Column>;
export function personal(
  given: z.ZodType | SQLiteColumnBuilderBase,
  subject: string,
): PersonalSchema<unknown> | PersonalColumn<SQLiteColumnBuilderBase> {
  return given instanceof z.ZodType ? personalSchema(given, subject) : markPersonal(given, subject);
}
