/** What of a JSON Schema decides which values it accepts: the keywords that zod writes. */
import type fc from 'fast-check';
import * as z from 'zod';

export type SchemaPart = z.output<typeof schemaPart>;

export const schemaPart = z.object({
  type: z.union([z.string(), z.array(z.string())]).optional(),
  $ref: z.string().optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
  propertyNames: z.unknown().optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  prefixItems: z.array(z.unknown()).optional(),
  minItems: z.number().default(0),
  maxItems: z.number().default(Infinity),
  format: z.string().optional(),
  pattern: z.string().optional(),
  minLength: z.number().default(0),
  maxLength: z.number().default(Infinity),
  minimum: z.number().default(-Infinity),
  maximum: z.number().default(Infinity),
  exclusiveMinimum: z.number().default(-Infinity),
  exclusiveMaximum: z.number().default(Infinity),
  multipleOf: z.number().default(1),
});

/** Small numbers and short lists make commands that meet: 3 are reserved of 5 that arrived. */
const SPAN = 12;
const MORE_ITEMS = 2;
const LARGE = 1_000_000;

export function listSize({ minItems, maxItems }: SchemaPart): {
  minLength: number;
  maxLength: number;
} {
  return { minLength: minItems, maxLength: Math.min(minItems + MORE_ITEMS, maxItems) };
}

/** Whole numbers from that which is nearest to 0, and a large one; of `number` halves as well. */
export function arbitraryNumber(fastCheck: typeof fc, part: SchemaPart): fc.Arbitrary<number> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = part;
  const min = Math.ceil(Math.max(minimum, exclusiveMinimum + 1) / multipleOf);
  const max = Math.floor(Math.min(maximum, exclusiveMaximum - 1) / multipleOf);
  const from = Math.min(Math.max(0, min), max);
  const whole = fastCheck
    .oneof(
      fastCheck.integer({ min: from, max: Math.min(from + SPAN, max) }),
      fastCheck.constantFrom(Math.min(LARGE, max), Math.max(-SPAN, min)),
    )
    .map((number) => number * multipleOf);
  if (part.type === 'integer' || multipleOf !== 1) return whole;
  return fastCheck.oneof(
    whole,
    whole.map((number) => Math.min(number + 0.5, maximum)),
  );
}
