/**
 * Arbitrary values out of the JSON Schemas of an OpenAPI document: such as fit, and such as were changed in one place.
 * Knows the words that our schemas are made of; another word is an error, so that none is passed over.
 */
import fc from 'fast-check';
import type { Schema, Schemas } from '../../../worker/api/openapi/operation.ts';

type AnySchema = Schema | boolean | undefined;

/** Long texts and lists find nothing that short ones do not, and cost time. */
const LENGTH_MAX = 12;
const ITEMS_MAX = 3;

const text = fc.string({ unit: 'grapheme', maxLength: LENGTH_MAX });

/** JSON that Ledge stores unchanged. */
const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constant(null),
    text,
    fc.boolean(),
    fc.integer(),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('value'), { maxLength: ITEMS_MAX }),
  object: fc.dictionary(text, tie('value'), { maxKeys: ITEMS_MAX, noNullPrototype: true }),
})).value;

/** A value that the schema accepts. */
export function fitting(schema: AnySchema, schemas: Schemas): fc.Arbitrary<unknown> {
  if (typeof schema !== 'object') return anything;
  const inner = (part: AnySchema) => fitting(part, schemas);
  if (schema.$ref !== undefined) return inner(schemas[schema.$ref.split('/').at(-1) ?? '']);
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return fc.oneof(...choices.map(inner));
  const { type: types }: { readonly type?: unknown } = schema;
  if (Array.isArray(types)) return fc.oneof(...types.map((type) => inner({ ...schema, type })));
  switch (schema.type) {
    case undefined:
      return anything;
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return integer(schema);
    case 'string':
      return string(schema);
    case 'array':
      return list(schema, inner);
    case 'object':
      return object(schema, inner);
    default:
      throw new Error(`There is no generator for a ${schema.type}.`);
  }
}

/** The bounds themselves are the likeliest to go wrong. */
function integer({ minimum, maximum }: Schema): fc.Arbitrary<unknown> {
  const min = minimum ?? Number.MIN_SAFE_INTEGER;
  const max = maximum ?? Number.MAX_SAFE_INTEGER;
  const small = fc.integer({ min: Math.max(min, -9), max: Math.min(max, Math.max(min, -9) + 30) });
  return fc.oneof({ weight: 4, arbitrary: small }, fc.constantFrom(min, max));
}

function string({ pattern, format, minLength = 0, maxLength }: Schema): fc.Arbitrary<unknown> {
  if (format === 'date-time') return moment;
  if (format === 'date') return moment.map((text) => text.slice(0, 'yyyy-mm-dd'.length));
  if (format !== undefined) throw new Error(`There is no generator for a ${format}.`);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  const longest = Math.min(maxLength ?? LENGTH_MAX, minLength + LENGTH_MAX);
  // A grapheme may be several of the characters that a schema counts.
  return fc
    .string({ unit: 'grapheme', minLength, maxLength: longest })
    .map((value) => (value.length <= longest ? value : 'x'.repeat(Math.max(1, minLength))));
}

const moment = fc
  .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());

function list(
  { items, minItems = 0, maxItems }: Schema,
  inner: (part: AnySchema) => fc.Arbitrary<unknown>,
) {
  if (Array.isArray(items)) throw new Error('There is no generator for a tuple.');
  const maxLength = Math.min(maxItems ?? Infinity, minItems + ITEMS_MAX);
  return fc.array(inner(items), { minLength: minItems, maxLength });
}

function object(
  { properties = {}, required = [], maxProperties }: Schema,
  inner: (part: AnySchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const members = Object.entries(properties).map(([name, part]) => [name, inner(part)] as const);
  const whole = fc.record(Object.fromEntries(members), {
    requiredKeys: required,
    noNullPrototype: true,
  });
  if (maxProperties === undefined) return whole;
  return whole.map((value) => Object.fromEntries(Object.entries(value).slice(0, maxProperties)));
}

const junk = fc.constantFrom<unknown>(
  ...[null, true, -1, 0, 1.5, 1e21, '', 'x', ' ', '__proto__', 'x'.repeat(2_000), [], {}, [[]]],
);

/** The value with one place in it spoilt: replaced, taken away, or with something beside it. May still fit. */
export function spoilt(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) {
    return fc.oneof(junk, fc.constant({ surplus: value }));
  }
  const inMember = fc
    .constantFrom(...Object.keys(value))
    .chain((name) =>
      spoilt(Reflect.get(value, name)).map((other) => withMember(value, name, other)),
    );
  const without = fc.constantFrom(...Object.keys(value)).map((name) => withoutMember(value, name));
  const withMore = fc
    .constantFrom('surplus', '__proto__', 'constructor', '')
    .map((name) => withMember(value, name, 1));
  return fc.oneof({ weight: 4, arbitrary: inMember }, without, withMore, junk);
}

function withMember(value: object, name: string, member: unknown): unknown {
  if (Array.isArray(value)) return [...value.slice(0, -1), member];
  return Object.fromEntries([...Object.entries(value), [name, member]]);
}

function withoutMember(value: object, name: string): unknown {
  if (Array.isArray(value)) return value.slice(1);
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
}
