/** Words that the descriptions of the operators' routes share. */
import type { Schema } from './operation.ts';

export const OPERATIONS_TAG = 'Operations';

export const text: Schema = { type: 'string' };
export const count: Schema = { type: 'integer', minimum: 0 };

export function orNull(schema: Schema): Schema {
  return { oneOf: [schema, { type: 'null' }] };
}
