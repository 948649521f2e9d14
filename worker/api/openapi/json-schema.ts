/** JSON Schemas out of the zod schemas that validate, so that what is described is what is checked. */
import * as z from 'zod';
import { LIST_RULE } from '../../../core/projection/list-text.ts';
import {
  jsonSchema,
  type ShownDirection,
  shownConversion,
} from '../../../core/sealed/shown-schema.ts';
import type { Parameter, Schema, Schemas } from './operation.ts';
import { componentName, schemaRef } from './references.ts';

export { jsonSchema };

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
  direction: ShownDirection,
): Schemas {
  const converted = z.toJSONSchema(z.object(named), shownConversion(direction));
  const { properties = {}, $defs: shared = {} } = converted;
  const components = [
    ...Object.entries(properties).map(([name, schema]) => [componentName(namespace, name), schema]),
    ...Object.entries(shared).map(([id, schema]) => [componentName(namespace, SHARED, id), schema]),
  ];
  return JSON.parse(JSON.stringify(Object.fromEntries(components)), (key, value) =>
    key === '$ref' && typeof value === 'string' ? movedRef(namespace, value) : value,
  );
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
