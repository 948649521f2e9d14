/**
 * Values that a zod schema accepts, made by fast-check from the schema's JSON Schema. What JSON Schema cannot say, a
 * refinement, is left to the schema itself: values that it refuses are dropped. Personal data is plain.
 */
import type fc from 'fast-check';
import * as z from 'zod';
import { readTestInput } from '../sealed-for-tests.ts';
import { arbitraryText } from './arbitrary-text.ts';
import { arbitraryNumber, listSize, type SchemaPart, schemaPart } from './schema-part.ts';

/** The module `fast-check`, handed in by the test: `ledge/testing` is loaded without it. */
export type FastCheck = typeof fc;

/** How often a recursive schema may contain itself. */
const DEPTH_MAX = 3;
/** Of so many values the schema has to accept one; a filter that accepts none would not end. */
const TRIALS = 200;

/** @throws Error when the schema accepts none of the values that are made for it */
export function arbitraryOf(
  fastCheck: FastCheck,
  name: string,
  schema: z.ZodType,
): fc.Arbitrary<unknown> {
  const { $defs, ...root } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  const made = arbitrary({ fastCheck, root, definitions: Object($defs) }, root, 0);
  const accepts = (value: unknown) => readTestInput(schema, value).success;
  if (made && fastCheck.sample(made, { numRuns: TRIALS, seed: 1 }).some(accepts)) {
    return made.filter(accepts);
  }
  throw new Error(
    `No value for ${name} could be made from its schema: pass an arbitrary for it to lawsOf or historiesOf.`,
  );
}

interface Source {
  readonly fastCheck: FastCheck;
  readonly root: unknown;
  readonly definitions: Readonly<Record<string, unknown>>;
}

/** Undefined for what would have to contain itself without end. */
function arbitrary(
  source: Source,
  given: unknown,
  depth: number,
): fc.Arbitrary<unknown> | undefined {
  const { fastCheck } = source;
  const part = schemaPart.parse(given);
  if (part.$ref !== undefined) {
    const target = part.$ref === '#' ? source.root : source.definitions[part.$ref.slice(8)];
    return depth < DEPTH_MAX ? arbitrary(source, target, depth + 1) : undefined;
  }
  if ('const' in part) return fastCheck.constant(part.const);
  if (part.enum) return fastCheck.constantFrom(...part.enum);
  const choices = part.anyOf ?? part.oneOf ?? typesOf(given, part);
  if (choices) return oneOf(source, choices, depth);
  if (part.allOf && part.type === undefined) return allOf(source, part.allOf, depth);
  switch (part.type) {
    case 'object':
      return object(source, part, depth);
    case 'array':
      return list(source, part, depth);
    case 'string':
      return arbitraryText(fastCheck, part);
    case 'integer':
    case 'number':
      return arbitraryNumber(fastCheck, part);
    case 'boolean':
      return fastCheck.boolean();
    case 'null':
      return fastCheck.constant(null);
    default:
      return fastCheck.jsonValue({ maxDepth: 1 });
  }
}

/** A type of several is an alternative of one each. */
function typesOf(given: unknown, { type }: SchemaPart): unknown[] | undefined {
  return Array.isArray(type) ? type.map((one) => ({ ...Object(given), type: one })) : undefined;
}

function oneOf(source: Source, choices: readonly unknown[], depth: number) {
  const possible = choices.flatMap((choice) => arbitrary(source, choice, depth) ?? []);
  return possible.length === 0 ? undefined : source.fastCheck.oneof(...possible);
}

/** An intersection of objects; of anything else the last part, which the schema then judges. */
function allOf(source: Source, parts: readonly unknown[], depth: number) {
  const made = parts.map((part) => arbitrary(source, part, depth));
  if (made.includes(undefined)) return undefined;
  return source.fastCheck
    .tuple(...made.flatMap((one) => one ?? []))
    .map((values) =>
      values.every((value) => typeof value === 'object')
        ? Object.assign({}, ...values)
        : values.at(-1),
    );
}

function object(
  source: Source,
  part: SchemaPart,
  depth: number,
): fc.Arbitrary<unknown> | undefined {
  const { fastCheck } = source;
  const { properties, required, propertyNames, additionalProperties } = part;
  const named = Object.fromEntries(required.map((name) => [name, additionalProperties]));
  const fields = Object.entries({ ...named, ...properties }).flatMap(([name, field]) => {
    const made = arbitrary(source, field, depth);
    return made ? [[name, made] as const] : [];
  });
  const isPossible = required.every((name) => fields.some(([made]) => made === name));
  if (!isPossible) return undefined;
  const known = fastCheck.record<Record<string, unknown>>(Object.fromEntries(fields), {
    requiredKeys: [...required],
    noNullPrototype: true,
  });
  if (propertyNames === undefined || required.length > 0) return known;
  const key = arbitrary(source, propertyNames, depth);
  const value = arbitrary(source, additionalProperties, depth);
  if (!key || !value) return known;
  return fastCheck.dictionary(key.map(String), value, { maxKeys: 3, noNullPrototype: true });
}

function list(source: Source, part: SchemaPart, depth: number): fc.Arbitrary<unknown> | undefined {
  const { fastCheck } = source;
  if (part.prefixItems) {
    const places = part.prefixItems.map((place) => arbitrary(source, place, depth));
    if (places.includes(undefined)) return undefined;
    return fastCheck.tuple(...places.flatMap((place) => place ?? []));
  }
  const item = arbitrary(source, part.items ?? {}, depth);
  if (item) return fastCheck.array(item, listSize(part));
  return part.minItems === 0 ? fastCheck.constant([]) : undefined;
}
