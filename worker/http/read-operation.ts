/** Reads the input of an operation and records that it is requested: only then may it be done. */
import type { Context } from 'hono';
import type * as z from 'zod';
import type { ApiTypes } from './api-types.ts';
import { readInput } from './read-input.ts';
import type { Read } from './read-json.ts';

export async function readOperation<Schema extends z.ZodType>(
  context: Context<ApiTypes>,
  schema: Schema,
  bytesMax?: number,
): Promise<Read<z.output<Schema>>> {
  const read = await readInput(context.req.raw, schema, bytesMax);
  if ('outcome' in read) return read;
  const refused = await context.get('audit').begin(reasonOf(read.value));
  return refused ?? read;
}

function reasonOf(input: unknown): string | undefined {
  const isReasoned = typeof input === 'object' && input !== null && 'reason' in input;
  return isReasoned && typeof input.reason === 'string' ? input.reason : undefined;
}
