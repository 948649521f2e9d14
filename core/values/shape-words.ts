/** Schemas that the operators' responses share. */
import * as z from 'zod';

export const count = z.int().min(0);

/** UTC, ISO 8601. */
export const time = z.string();

export function listOf<Item extends z.ZodType>(item: Item): z.ZodReadonly<z.ZodArray<Item>> {
  return z.array(item).readonly();
}
