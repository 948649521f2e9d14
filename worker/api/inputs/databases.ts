/** Which database an operation is for. */
import * as z from 'zod';

export const databaseName = z
  .string()
  .regex(/^DB(_([2-9]|1[0-6]))?$/, 'Send the binding of a database: DB, or DB_2 to DB_16.');

export const databaseInput = z.strictObject({ database: databaseName.exactOptional() });
