/** Reads a JSON body and checks it against a schema: what the operations take. */
import type * as z from 'zod';
import { invalidInput } from './input-errors.ts';
import { type Read, readJson, wrongMediaType } from './read-json.ts';

export async function readInput<Schema extends z.ZodType>(
  request: Request,
  schema: Schema,
  bytesMax?: number,
): Promise<Read<z.output<Schema>>> {
  const mediaType = wrongMediaType(request, 'application/json');
  if (mediaType) return mediaType;
  const body = await readJson(request, bytesMax);
  if ('outcome' in body) return body;
  const input = schema.safeParse(body.value);
  return input.success ? { value: input.data } : invalidInput(input.error);
}
