/**
 * Finds values in a zod schema that JSON cannot represent: a Date, a bigint, a Map. Events and commands are sent as
 * JSON, so such a schema would refuse everything, or its values would change on the way.
 */
import type * as z from 'zod';
import { fieldSchemas, innerSchemas, isSchema, type SchemaNode } from './schema-parts.ts';

/** `output` is the type after parsing, `input` the one before: they differ if the schema transforms or coerces. */
export type Direction = 'input' | 'output';

const REMEDIES: Readonly<Record<string, string>> = {
  date: 'use z.iso.datetime()',
  bigint: 'use z.int(), or a text',
  map: 'use z.record()',
  set: 'use z.array()',
  undefined: 'use .optional()',
  void: 'use .optional()',
  nan: 'use z.number()',
  symbol: 'use a text',
  function: 'leave it out',
  file: 'leave it out',
  promise: 'leave it out',
};

interface Place {
  readonly schema: SchemaNode;
  readonly path: string;
}

/** A sentence for the first place that JSON cannot represent; undefined when there is none. */
export function notJson(schema: z.ZodType, direction: Direction): string | undefined {
  const seen = new Set<SchemaNode>();
  const open: Place[] = isSchema(schema) ? [{ schema, path: '' }] : [];
  for (let place = open.shift(); place; place = open.shift()) {
    if (seen.has(place.schema)) continue;
    seen.add(place.schema);
    const kind = uncarried(place.schema, direction);
    if (kind !== undefined) {
      const remedy = REMEDIES[kind];
      return `${place.path || 'it'} is a ${kind}, which JSON does not carry: ${remedy}.`;
    }
    open.push(...within(place, direction));
  }
  return undefined;
}

/** The kind of a schema that JSON cannot represent. A coercing schema accepts a text or a number. */
function uncarried({ _zod: { def } }: SchemaNode, direction: Direction): string | undefined {
  if (def.type === 'literal' && Array.isArray(def.values)) {
    return def.values.map((value) => typeof value).find((type) => Object.hasOwn(REMEDIES, type));
  }
  const isCoerced = def.coerce === true && direction === 'input';
  return Object.hasOwn(REMEDIES, def.type) && !isCoerced ? def.type : undefined;
}

function within({ schema, path }: Place, direction: Direction): Place[] {
  const inner = innerSchemas(schema, [direction === 'input' ? 'in' : 'out']);
  return [
    ...inner.map((one) => ({ schema: one, path })),
    ...fieldSchemas(schema).map(([name, field]) => ({
      schema: field,
      path: path === '' ? name : `${path}.${name}`,
    })),
  ];
}
