/** The fields of a JSON Schema as a flat list, each with its type in words: what a reader compares. */
import {
  definitionName,
  definitionsOf,
  entriesIn,
  isSchemaObject,
  keywordsOf,
  type SchemaObject,
} from '../values/schema-keywords.ts';

export interface SchemaField {
  /** `lines[].product`; empty for data that is no object. */
  readonly path: string;
  /** `integer, minimum 0`. */
  readonly type: string;
  readonly isRequired: boolean;
  readonly description?: string;
  /** The field with the subject, of a personal one. */
  readonly personal?: string;
}

/** Of the schema as it is shown, with its own `$defs`. */
export function fieldsOf(schema: unknown): SchemaField[] {
  const root = keywordsOf(schema);
  return withoutRepeats(fieldsAt({ root, parents: [] }, root, { path: '', isRequired: true }));
}

interface Walk {
  readonly root: SchemaObject;
  /** The definitions that the walk is inside of: a recursive one is named, and not entered again. */
  readonly parents: readonly string[];
}

interface Place {
  readonly path: string;
  readonly isRequired: boolean;
}

function fieldsAt(walk: Walk, given: SchemaObject, place: Place): SchemaField[] {
  const { schema, within } = followed(walk, given);
  const inner = innerFields(within, schema, place.path);
  // The data itself is a field only where it has none.
  if (place.path === '' && inner.length > 0) return inner;
  if (place.path === '' && isObject(schema)) return [];
  return [fieldAt(walk, given, place), ...inner];
}

function fieldAt(walk: Walk, given: SchemaObject, { path, isRequired }: Place): SchemaField {
  const { description, 'x-personal': personal } = { ...followed(walk, given).schema, ...given };
  return {
    ...{ path, type: typeText(walk, given), isRequired },
    ...(typeof description === 'string' && { description }),
    ...(typeof personal === 'string' && { personal }),
  };
}

function innerFields(walk: Walk, schema: SchemaObject, path: string): SchemaField[] {
  const alternatives = entriesIn(schema.anyOf ?? schema.oneOf);
  if (alternatives.length > 0) return ofAlternatives(walk, alternatives, path);
  if (schema.items !== undefined && schema.items !== false) {
    const items = followed(walk, keywordsOf(schema.items));
    return innerFields(items.within, items.schema, `${path}[]`);
  }
  const required = entriesIn(schema.required);
  const parts = [schema, ...entriesIn(schema.allOf).map(keywordsOf)];
  return parts.flatMap((part) =>
    Object.entries(keywordsOf(part.properties)).flatMap(([name, field]) =>
      fieldsAt(walk, keywordsOf(field), {
        path: path === '' ? name : `${path}.${name}`,
        isRequired: [...required, ...entriesIn(part.required)].includes(name),
      }),
    ),
  );
}

/** A field is required if every alternative has it and requires it. */
function ofAlternatives(walk: Walk, alternatives: readonly unknown[], path: string): SchemaField[] {
  const objects = alternatives
    .map((one) => followed(walk, keywordsOf(one)))
    .filter(({ schema }) => isObject(schema));
  const each = objects.map(({ schema, within }) => innerFields(within, schema, path));
  return each.flat().map((field) => ({
    ...field,
    isRequired:
      field.isRequired &&
      each.every((own) => own.some((one) => one.path === field.path && one.isRequired)),
  }));
}

/** Of several alternatives that have a field, the types together. */
function withoutRepeats(fields: readonly SchemaField[]): SchemaField[] {
  return [...Map.groupBy(fields, ({ path }) => path).values()].flatMap((same) => {
    const [first] = same;
    const types = [...new Set(same.map(({ type }) => type))];
    return first ? [{ ...first, type: types.join(' | ') }] : [];
  });
}

/** The schema that a reference leads to. */
function followed(
  walk: Walk,
  schema: SchemaObject,
): { readonly schema: SchemaObject; readonly within: Walk } {
  const { $ref } = schema;
  if (typeof $ref !== 'string') return { schema, within: walk };
  const name = definitionName($ref);
  if (walk.parents.includes(name)) return { schema: {}, within: walk };
  const within = { ...walk, parents: [...walk.parents, name] };
  return followed(within, keywordsOf(definitionsOf(walk.root)[name]));
}

/** Which a reader has to know to send a value, in the order in which they are written. */
const LIMITS = [
  ...['format', 'minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf'],
  ...['minLength', 'maxLength', 'pattern', 'minItems', 'maxItems', 'default'],
];

function typeText(walk: Walk, schema: SchemaObject): string {
  const limits = LIMITS.filter((keyword) => schema[keyword] !== undefined).map((keyword) => {
    const value = schema[keyword];
    return keyword === 'format'
      ? String(value)
      : `${keyword} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
  });
  return [bareType(walk, schema), ...limits].join(', ');
}

function bareType(walk: Walk, schema: SchemaObject): string {
  if (typeof schema.$ref === 'string') return definitionName(schema.$ref);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => JSON.stringify(one)).join(' | ');
  const alternatives = entriesIn(schema.anyOf ?? schema.oneOf);
  if (alternatives.length > 0) {
    const types = alternatives.map((one) => typeText(walk, keywordsOf(one)));
    return [...new Set(types)].join(' | ');
  }
  if (Array.isArray(schema.type)) return schema.type.join(' | ');
  if (schema.type === 'array') return listText(walk, schema);
  const { additionalProperties: values } = schema;
  if (isSchemaObject(values) && Object.keys(values).length > 0 && schema.properties === undefined) {
    return `map of ${typeText(walk, values)}`;
  }
  return typeof schema.type === 'string' ? schema.type : 'any';
}

function listText(walk: Walk, { items, prefixItems }: SchemaObject): string {
  const parts = entriesIn(prefixItems).map((one) => typeText(walk, keywordsOf(one)));
  if (parts.length > 0) return `[${parts.join('; ')}]`;
  return `list of ${typeText(walk, keywordsOf(items))}`;
}

function isObject({ type, properties, allOf }: SchemaObject): boolean {
  return type === 'object' || properties !== undefined || allOf !== undefined;
}
