/** The TypeScript type of the values of a JSON Schema, as text. Pure. */
import {
  definitionName,
  entriesIn,
  isSchemaObject,
  keywordsOf,
  type SchemaObject,
} from '../../core/values/schema-keywords.ts';

/** `nameOf`: the type that a definition of the schema has; `#` is the schema itself. */
export function typeText(
  schema: unknown,
  nameOf: (definition: string) => string,
  indent = '',
): string {
  if (schema === false) return 'never';
  if (!isSchemaObject(schema)) return 'unknown';
  const inner = (part: unknown, deeper = indent) => typeText(part, nameOf, deeper);
  const { $ref, const: only, enum: values, anyOf, oneOf = anyOf, allOf, type, ...rest } = schema;
  if (typeof $ref === 'string') return nameOf(definitionName($ref));
  if (only !== undefined) return literalText(only);
  if (Array.isArray(values)) return unionText(values.map(literalText));
  if (Array.isArray(oneOf)) return unionText(oneOf.map((one) => inner(one)));
  if (Array.isArray(allOf)) return allOf.map((one) => inGroup(inner(one))).join(' & ');
  if (Array.isArray(type)) return unionText(type.map((one) => inner({ ...rest, type: one })));
  if (type === 'array') return listText(rest, inner);
  if (type === 'object' || rest.properties !== undefined) return objectText(rest, inner, indent);
  return PLAIN[String(type)] ?? 'unknown';
}

const PLAIN: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
};

type Inner = (part: unknown, deeper?: string) => string;

function listText({ items, prefixItems }: SchemaObject, inner: Inner): string {
  const first = entriesIn(prefixItems).map((one) => inner(one));
  if (first.length === 0) return `readonly ${inGroup(inner(items))}[]`;
  const others = items === undefined || items === false ? [] : [`...${inGroup(inner(items))}[]`];
  return `readonly [${[...first, ...others].join(', ')}]`;
}

function objectText(
  { properties, required, additionalProperties: others, propertyNames }: SchemaObject,
  inner: Inner,
  indent: string,
): string {
  const fields = Object.entries(keywordsOf(properties));
  if (fields.length === 0) return mapText(others, propertyNames, required, inner);
  const always = entriesIn(required);
  const deeper = `${indent}  `;
  const lines = fields.flatMap(([name, field]) => [
    ...commentText(keywordsOf(field), deeper),
    `${deeper}readonly ${keyText(name)}${always.includes(name) ? '' : '?'}: ${inner(field, deeper)};`,
  ]);
  // A field of another name may have any value: TypeScript holds named fields to an index signature.
  const open = others === false ? [] : [`${deeper}readonly [field: string]: unknown;`];
  return ['{', ...lines, ...open, `${indent}}`].join('\n');
}

function mapText(others: unknown, names: unknown, required: unknown, inner: Inner): string {
  if (others === false) return 'Readonly<Record<string, never>>';
  const values = others === undefined ? 'unknown' : inner(others);
  const keys = keywordsOf(names).enum;
  if (!Array.isArray(keys)) return `Readonly<Record<string, ${values}>>`;
  const record = `Readonly<Record<${unionText(keys.map(literalText))}, ${values}>>`;
  return keys.every((key) => entriesIn(required).includes(key)) ? record : `Partial<${record}>`;
}

function unionText(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.length === 0 ? 'never' : distinct.join(' | ');
}

/** A union, and a list that is read alone, as a part of another type. */
function inGroup(type: string): string {
  return / \| |^readonly /.test(type) && !type.startsWith('{') ? `(${type})` : type;
}

/** A constant that is a list or an object is not named. */
function literalText(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  return typeof value === 'object' && value !== null ? 'unknown' : JSON.stringify(value);
}

function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

export function quoted(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
  return `'${inside.replaceAll("'", "\\'")}'`;
}

/** A description as a comment of one line. */
export function commentText({ description }: SchemaObject, indent: string): string[] {
  if (typeof description !== 'string') return [];
  const words = description.replaceAll(/\s+/g, ' ').replaceAll('*/', '*\\/');
  return [`${indent}/** ${words} */`];
}
