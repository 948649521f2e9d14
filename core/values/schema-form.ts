/**
 * The JSON Schema of an event in a form that does not depend on the release of zod. Since zod 4.0 the same schema was
 * written in several ways; schemas that are equal here accept the same data, except for the patterns of named formats,
 * which releases of zod correct.
 */
import { canonicalJson } from './json.ts';
import { entriesIn, isSchemaObject, keywordsOf, type SchemaObject } from './schema-keywords.ts';

/** @example schemaForm({ type: ['string', 'null'] }) equals schemaForm({ anyOf: [{ type: 'null' }, { type: 'string' }] }) */
export function schemaForm(schema: unknown): unknown {
  return rewritten(schema, (one) => withAlternatives(merged(bare(one))));
}

/** A schema without the keywords that only people read: a change of them breaks nothing. */
export function withoutAnnotations(schema: unknown): unknown {
  return rewritten(
    schema,
    ({ $schema, title, description, examples, deprecated, ...rest }) => rest,
  );
}

const MAPS = ['properties', 'patternProperties', '$defs'];
const LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const SINGLES = ['items', 'additionalProperties', 'propertyNames', 'not'];

/** Each schema in it rewritten, inner ones first. Names of properties are not keywords, whatever they are. */
export function rewritten(
  schema: unknown,
  rewrite: (schema: SchemaObject) => SchemaObject,
): unknown {
  if (!isSchemaObject(schema)) return schema;
  const inner = (part: unknown) => rewritten(part, rewrite);
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (SINGLES.includes(keyword)) return [keyword, inner(value)];
    if (LISTS.includes(keyword) && Array.isArray(value)) return [keyword, value.map(inner)];
    return [
      keyword,
      MAPS.includes(keyword) && isSchemaObject(value) ? mapped(value, inner) : value,
    ];
  });
  return rewrite(Object.fromEntries(entries));
}

function mapped(schemas: SchemaObject, inner: (part: unknown) => unknown): SchemaObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, value]) => [name, inner(value)]));
}

/** Formats for which some releases write the pattern alone. */
const UNNAMED_FORMATS: readonly unknown[] = ['time', 'starts_with', 'ends_with', 'includes'];

/** The schema without redundant keywords and without annotations. */
function bare(schema: SchemaObject): SchemaObject {
  const { $schema, title, description, examples, deprecated, oneOf, ...rest } = schema;
  const left: Record<string, unknown> = oneOf === undefined ? rest : { ...rest, anyOf: oneOf };
  if (UNNAMED_FORMATS.includes(left.format)) delete left.format;
  else if (left.format !== undefined) delete left.pattern;
  if (left.prefixItems !== undefined) {
    if (left.items === false) delete left.items;
    delete left.minItems;
    delete left.maxItems;
  }
  if (isEmpty(left.additionalProperties)) delete left.additionalProperties;
  if (left.propertyNames !== undefined) delete left.required;
  if (Array.isArray(left.required)) left.required = left.required.toSorted();
  return left;
}

/** An intersection of objects is one object; with a union it is the union of the intersections. */
function merged(schema: SchemaObject): SchemaObject {
  const { allOf, ...rest } = schema;
  if (!Array.isArray(allOf) || Object.keys(rest).length > 0) return schema;
  const objects = allOf
    .map(alternativesOf)
    .reduce<unknown[]>(
      (wholes, parts) => wholes.flatMap((whole) => parts.map((part) => mergedObject(whole, part))),
      [{ type: 'object', properties: {}, required: [] }],
    );
  if (objects.includes(undefined)) return schema;
  return objects.length === 1 && isSchemaObject(objects[0]) ? objects[0] : { anyOf: objects };
}

/** Undefined for a schema that is not a plain object. Closed objects of older releases equal what newer ones write. */
function mergedObject(one: unknown, other: unknown): SchemaObject | undefined {
  if (!isPlainObject(one) || !isPlainObject(other)) return undefined;
  const required = [...entriesIn(one.required), ...entriesIn(other.required)]
    .map(String)
    .toSorted();
  return {
    ...one,
    ...other,
    properties: { ...keywordsOf(one.properties), ...keywordsOf(other.properties) },
    required: [...new Set(required)],
  };
}

const OBJECT_KEYWORDS = ['type', 'properties', 'required', 'additionalProperties'];

function isPlainObject(schema: unknown): schema is SchemaObject {
  if (!isSchemaObject(schema) || schema.type !== 'object') return false;
  return Object.keys(schema).every((keyword) => OBJECT_KEYWORDS.includes(keyword));
}

/** `type: [...]` and nested unions become one list of alternatives; their order is irrelevant. */
function withAlternatives(schema: SchemaObject): SchemaObject {
  const { anyOf, type, ...rest } = schema;
  if (Array.isArray(type))
    return withAlternatives({ ...rest, anyOf: type.map((one) => ({ type: one })) });
  if (!Array.isArray(anyOf)) return schema;
  const texts = anyOf.flatMap(alternativesOf).map(canonicalJson);
  const sorted = [...new Set(texts)].toSorted().map((text): unknown => JSON.parse(text));
  return { ...rest, ...(type !== undefined && { type }), anyOf: sorted };
}

function alternativesOf(schema: unknown): readonly unknown[] {
  const isUnion =
    isSchemaObject(schema) && Object.keys(schema).every((keyword) => keyword === 'anyOf');
  return isUnion && Array.isArray(schema.anyOf) ? schema.anyOf : [schema];
}

function isEmpty(value: unknown): boolean {
  return isSchemaObject(value) && Object.keys(value).length === 0;
}
