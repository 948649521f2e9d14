/** Arbitrary values that a zod schema accepts, by way of its JSON Schema. Knows what commands are made of. */
import fc from 'fast-check';
import * as z from 'zod';

const jsonSchema = z.object({
  type: z.enum(['object', 'array', 'string', 'integer', 'boolean']),
  properties: z.record(z.string(), z.unknown()).default({}),
  items: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  pattern: z.string().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  minLength: z.number().default(0),
  minItems: z.number().default(0),
});

/** Small on purpose: few names and small numbers make commands that meet each other. */
const NAMES = ['a', 'b', 'constructor', '__proto__'];
const SPAN = 12;

export function accepted(schema: z.ZodType): fc.Arbitrary<unknown> {
  return arbitrary(z.toJSONSchema(schema, { io: 'input' }));
}

function arbitrary(given: unknown): fc.Arbitrary<unknown> {
  const schema = jsonSchema.parse(given);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return fc.record(mapValues(schema.properties, arbitrary), { noNullPrototype: true });
    case 'array':
      return fc.array(arbitrary(schema.items), {
        minLength: schema.minItems,
        maxLength: schema.minItems + 2,
      });
    case 'string':
      return schema.pattern
        ? fc.stringMatching(new RegExp(schema.pattern))
        : fc.constantFrom(...NAMES);
    case 'integer': {
      const { minimum: min = 0, maximum = Infinity } = schema;
      return fc.oneof(
        fc.integer({ min, max: Math.min(min + SPAN, maximum) }),
        fc.constant(Math.min(maximum, 1e6)),
      );
    }
    case 'boolean':
      return fc.boolean();
  }
}

function mapValues<From, To>(
  values: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
