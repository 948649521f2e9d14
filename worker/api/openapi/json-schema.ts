/** JSON Schemas out of the zod schemas that validate, so that what is described is what is checked. */
import * as z from 'zod';
import { LIST_RULE } from '../../../core/projection/list-text.ts';
import { subjectOfSchema } from '../../../core/sealed/personal-schema.ts';
import type { Parameter, Schema, Schemas } from './operation.ts';
import { componentName, schemaRef } from './references.ts';

/** What a caller sends, or what is answered: a default or a transformation makes them differ. */
type Direction = 'input' | 'output';

/** One of our own schemas, inline. */
export function jsonSchema(schema: z.ZodType, direction: Direction): Schema {
  const { $schema: _dialect, ...inline } = z.toJSONSchema(schema, conversion(direction));
  return inline;
}

/** An answer. Open: it may get members that are not described yet. */
export function answerSchema(shape: z.ZodType): Schema {
  return jsonSchema(shape, 'input');
}

/**
 * Components named `namespace.name`. What the schemas share, by an id or by recursion, becomes a component of its
 * own: zod puts it under `$defs`, for which an OpenAPI document has no place.
 */
export function schemasOf(
  namespace: string,
  named: Readonly<Record<string, z.ZodType>>,
  direction: Direction,
): Schemas {
  const converted = z.toJSONSchema(z.object(named), conversion(direction));
  const { properties = {}, $defs: shared = {} } = converted;
  const components = [
    ...Object.entries(properties).map(([name, schema]) => [componentName(namespace, name), schema]),
    ...Object.entries(shared).map(([id, schema]) => [componentName(namespace, SHARED, id), schema]),
  ];
  return JSON.parse(JSON.stringify(Object.fromEntries(components)), (key, value) =>
    key === '$ref' && typeof value === 'string' ? movedRef(namespace, value) : value,
  );
}

function conversion(io: Direction) {
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
  readonly jsonSchema: Schema;
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
function orNull(schema: Schema): void {
  const { 'x-personal': subject, ...plain } = schema;
  for (const keyword of Object.keys(schema)) delete schema[keyword];
  Object.assign(schema, { anyOf: [plain, { type: 'null' }], 'x-personal': subject });
}

const SHARED = 'shared';

/** `#/$defs/Address` → `#/components/schemas/order.commands.shared.Address`. */
function movedRef(namespace: string, ref: string): string {
  const id = ref.replace('#/$defs/', '').replaceAll('~1', '/').replaceAll('~0', '~');
  return schemaRef(namespace, SHARED, id).$ref;
}

/** The component itself where `name` is only a reference to it. */
export function resolved(schemas: Schemas, name: string): Schema {
  const schema = schemas[name] ?? {};
  if (schema.$ref === undefined) return schema;
  return resolved(schemas, schema.$ref.replace(schemaRef('').$ref, ''));
}

/** The members of an input object as query parameters; an input of another shape as one, spread over the query. */
export function queryParameters(input: Schema): Parameter[] {
  const { properties, required = [] } = input;
  if (!properties) return [{ name: 'input', in: 'query', schema: input }];
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
    ...(isArray(schema) && list(schema)),
  }));
}

function isArray(schema: Schema | boolean): schema is Schema {
  return typeof schema === 'object' && schema.type === 'array';
}

/** One parameter with commas. */
function list({ description }: Schema): Pick<Parameter, 'style' | 'explode' | 'description'> {
  return {
    style: 'form',
    explode: false,
    ...(description === undefined && { description: LIST_RULE }),
  };
}
