/** The names of Ledge's own tables in D1. */
import { getTableName } from 'drizzle-orm';
import * as schema from './schema.ts';

export function machineryTables(): string[] {
  return Object.values(schema).map(getTableName);
}
