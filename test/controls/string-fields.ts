/** Where a command takes text, found from its schema; and the least that its schema accepts around that. */
import * as z from 'zod';
import type { Aggregate } from '../../core/aggregate/aggregate.ts';

/** `['lines', 0, 'product']`; empty for the whole. */
export type Path = readonly (string | number)[];

type JsonSchema = z.core.JSONSchema.JSONSchema;

const inputs = new WeakMap<z.ZodType, JsonSchema>();

function inputSchema(schema: z.ZodType): JsonSchema {
  const known =
    inputs.get(schema) ?? z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  inputs.set(schema, known);
  return known;
}

/** Every place that takes a text of the caller's choice. Of a list the first element. */
export function stringFields(schema: z.ZodType): Path[] {
  return fieldsIn(inputSchema(schema));
}

function fieldsIn({ type, enum: members, items, properties = {} }: JsonSchema): Path[] {
  if (members) return [];
  if (type === undefined || type === 'string') return [[]];
  if (type === 'array') return fieldsIn(asSchema(items)).map((path) => [0, ...path]);
  return Object.entries(properties).flatMap(([name, member]) =>
    fieldsIn(asSchema(member)).map((path) => [name, ...path]),
  );
}

/** `order.PlaceOrder/lines/0/product`, of all commands, in the order of their names. */
export function allStringFields(aggregates: readonly Aggregate[]): string[] {
  return aggregates
    .flatMap(({ name, commands }) =>
      Object.entries(commands).flatMap(([command, schema]) =>
        stringFields(schema).map((path) => fieldName(name, command, path)),
      ),
    )
    .sort();
}

export function fieldName(aggregate: string, command: string, path: Path): string {
  return `${aggregate}.${command}/${path.join('/')}`;
}

/** A small value that fits, with these texts where the fields have these names, or are the whole. */
export function sample(schema: z.ZodType, texts: Readonly<Record<string, string>>): unknown {
  return sampleOf(inputSchema(schema), '', texts);
}

function sampleOf(
  schema: JsonSchema,
  name: string,
  texts: Readonly<Record<string, string>>,
): unknown {
  const { type, enum: members, items, properties = {}, minimum = 0 } = schema;
  if (members) return members[0];
  switch (type) {
    case undefined:
    case 'string':
      return texts[name] ?? 'x';
    case 'integer':
      return Math.max(minimum, 1);
    case 'array':
      return [sampleOf(asSchema(items), name, texts)];
    case 'object':
      return Object.fromEntries(
        Object.entries(properties).map(([member, inner]) => [
          member,
          sampleOf(asSchema(inner), member, texts),
        ]),
      );
    default:
      throw new Error(`There is no generator for a ${type}.`);
  }
}

/** By which name a text is meant for the field. */
export function nameOf(path: Path): string {
  return String(path.findLast((part) => typeof part === 'string') ?? '');
}

/** The schemas of zod hold other schemas where they could hold truth values or tuples. */
function asSchema(part: JsonSchema['items'] | JsonSchema | boolean): JsonSchema {
  if (typeof part === 'object' && !Array.isArray(part)) return part;
  throw new Error('There is no generator for a tuple or for any value.');
}
