/**
 * The JSON Schema of what callers send and are shown, out of the zod schemas that validate: what is described is what is
 * checked.
 */
import * as z from 'zod';
import { subjectOfSchema } from './personal-schema.ts';

export type JsonSchema = z.core.JSONSchema.JSONSchema;

/** What a caller sends, or what is answered: a default or a transformation makes them differ. */
export type ShownDirection = 'input' | 'output';

/** A schema by itself, inline. */
export function jsonSchema(schema: z.ZodType, direction: ShownDirection): JsonSchema {
  const { $schema: _dialect, ...inline } = z.toJSONSchema(schema, shownConversion(direction));
  return inline;
}

/** How zod converts: for `z.toJSONSchema`. */
export function shownConversion(io: ShownDirection) {
  return {
    io,
    unrepresentable: 'any',
    override: (converted: ConvertedSchema) => {
      tidy(converted);
      if (io === 'output' && subjectOfSchema(converted.zodSchema) !== undefined) {
        orNull(converted.jsonSchema);
      }
    },
  } as const;
}

interface ConvertedSchema {
  readonly zodSchema: z.core.$ZodTypes;
  readonly jsonSchema: JsonSchema;
}

/**
 * Drops what says nothing, the bounds of every integer in JSON and zod's spelling of a format that has a name; and
 * what says too much: TypeScript's readonly is not OpenAPI's, which forbids the member in a request. A `Date` is the
 * text that an address and JSON have of it.
 */
function tidy({ zodSchema, jsonSchema }: ConvertedSchema): void {
  if (zodSchema._zod.def.type === 'date') {
    Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
  }
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  delete jsonSchema.readOnly;
}

/** Personal data is answered to callers with the grant of it, until its subject is forgotten. */
function orNull(schema: JsonSchema): void {
  const { 'x-personal': subject, ...plain } = schema;
  for (const keyword of Object.keys(schema)) delete schema[keyword];
  Object.assign(schema, { anyOf: [plain, { type: 'null' }], 'x-personal': subject });
}
