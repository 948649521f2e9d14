/**
 * The input of a named query in a URL: every parameter is a text, and the query's schema says which are numbers,
 * booleans, times or lists. A schema that a URL cannot represent is refused where the query is defined.
 */
import * as z from 'zod';
import { isKeptExactly } from '../values/scan-json.ts';
import { parseTime } from '../values/time.ts';
import { listItems } from './list-text.ts';

type JsonSchema = z.core.JSONSchema.JSONSchema;
type Shape = JsonSchema | boolean;

/** The kinds that a text can be parsed as. A `word` is one of the texts that the schema lists; `any`: unspecified. */
type Kind = 'text' | 'word' | 'number' | 'boolean' | 'time' | 'null' | 'list' | 'object' | 'any';

/** The values that a parameter may have. */
interface Form {
  readonly kinds: ReadonlySet<Kind>;
  readonly words: readonly string[];
  readonly itemAt: (index: number) => Form;
}

/**
 * The schema of a query's input, for parameters that are texts. Values that are not texts, as in JSON, are passed on
 * unchanged.
 *
 * @throws Error when a parameter has values that a URL cannot represent or distinguish
 */
export function writtenInput(query: string, input: z.ZodType): z.ZodType {
  const formOf = parameterForms(input, (name, fault) => {
    throw new Error(
      `Query ${query} cannot be asked in an address: its parameter ${name} ${fault}.`,
    );
  });
  return z.preprocess((given) => {
    if (typeof given !== 'object' || given === null) return given;
    const read = ([name, value]: [string, unknown]) => [name, readValue(formOf(name), value)];
    return Object.fromEntries(Object.entries(given).map(read));
  }, input);
}

function parameterForms(
  input: z.ZodType,
  refuse: (name: string, fault: string) => never,
): (name: string) => Form | undefined {
  const root = z.toJSONSchema(input, { io: 'input', unrepresentable: 'any', override: markTimes });
  const inputs = alternatives(root, root);
  const names = new Set(inputs.flatMap(({ properties = {} }) => Object.keys(properties)));
  const formed = (name: string, shapes: readonly Shape[]): Form => {
    const form = formOf(shapes, root);
    const fault = faultOf(form);
    if (fault !== undefined) refuse(name, fault);
    return form;
  };
  const shapesOf = (name: string) =>
    inputs.flatMap<Shape>(({ properties }) => properties?.[name] ?? []);
  const named = new Map([...names].map((name) => [name, formed(name, shapesOf(name))]));
  const others = inputs.flatMap(({ additionalProperties: rest }) => (rest ? [rest] : []));
  const other = others.length === 0 ? undefined : formed('of any name', others);
  return (name) => named.get(name) ?? other;
}

/** JSON Schema has no type for times. */
const TIME = 'ledge-time';

function markTimes({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: JsonSchema;
}) {
  if (zodSchema._zod.def.type === 'date')
    Object.assign(jsonSchema, { type: 'string', format: TIME });
}

/** The members of a union, a reference or an intersection, which is treated as a union here. */
function alternatives(shape: Shape, root: JsonSchema): JsonSchema[] {
  if (typeof shape === 'boolean') return [{}];
  if (shape.$ref !== undefined) return alternatives(referred(shape.$ref, root), root);
  const choice = shape.anyOf ?? shape.oneOf ?? shape.allOf;
  return choice ? choice.flatMap((one) => alternatives(one, root)) : [shape];
}

/** A reference to the root is an object within itself. */
function referred(ref: string, root: JsonSchema): Shape {
  return root.$defs?.[ref.replace('#/$defs/', '')] ?? { type: 'object' };
}

function formOf(shapes: readonly Shape[], root: JsonSchema): Form {
  const choices = shapes.flatMap((shape) => alternatives(shape, root));
  const values = choices.flatMap(({ const: only, enum: some = [] }) =>
    only === undefined ? some : [only, ...some],
  );
  return {
    kinds: new Set(choices.flatMap(kindsOf)),
    words: values.filter((value) => typeof value === 'string'),
    itemAt: (index) =>
      formOf(
        choices.flatMap((choice) => itemShapes(choice, index)),
        root,
      ),
  };
}

function kindsOf({ type, format, const: only, enum: some }: JsonSchema): Kind[] {
  const values = some ?? (only === undefined ? undefined : [only]);
  if (values)
    return values.map((value) => (typeof value === 'string' ? 'word' : scalarKind(value)));
  if (type === undefined) return ['any'];
  return [type].flat().map((name) => (name === 'string' && format === TIME ? 'time' : KINDS[name]));
}

const KINDS = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
  array: 'list',
  object: 'object',
} as const satisfies Record<string, Kind>;

function scalarKind(value: unknown): Kind {
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'null';
}

function itemShapes({ prefixItems, items }: JsonSchema, index: number): Shape[] {
  const placed = prefixItems?.[index];
  if (placed !== undefined) return [placed];
  return [items ?? []].flat();
}

/** Undefined when each of the parameter's values has a distinct text. */
function faultOf({ kinds, words, itemAt }: Form): string | undefined {
  if (kinds.has('object')) return 'is an object';
  if (kinds.has('list')) {
    if (kinds.size > 1) return 'may be a list or one value: take a list';
    const item = itemAt(Number.MAX_SAFE_INTEGER);
    return item.kinds.has('list') ? 'is a list of lists' : faultOf(item);
  }
  if (kinds.has('text') && [...kinds].some((kind) => kind !== 'text' && kind !== 'word')) {
    const others = [...kinds].filter((kind) => kind !== 'text' && kind !== 'word').join(', ');
    return others === 'null'
      ? 'may be null or the text "null": make it optional instead of nullable'
      : `may be a text or another kind of value (${others}), which look the same`;
  }
  const twofold = words.find((word) => readText({ kinds, words: [], itemAt }, word) !== word);
  return twofold === undefined ? undefined : `may be the text "${twofold}" or what it says`;
}

function readValue(form: Form | undefined, value: unknown): unknown {
  return form && typeof value === 'string' ? readText(form, value) : value;
}

/** A text that does not match its kind stays a text, which the schema refuses. */
function readText({ kinds, words, itemAt }: Form, text: string): unknown {
  if (words.includes(text)) return text;
  if (kinds.has('list')) {
    return listItems(text)?.map((item, index) => readText(itemAt(index), item)) ?? text;
  }
  if (kinds.has('number') && isNumber(text)) return Number(text);
  if (kinds.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  if (kinds.has('null') && text === 'null') return null;
  const timeMs = kinds.has('time') ? parseTime(text) : undefined;
  return timeMs === undefined ? text : new Date(timeMs);
}

/** A number in JSON or JavaScript notation. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

function isNumber(text: string): boolean {
  return NUMBER.test(text) && Number.isFinite(Number(text)) && isKeptExactly(text);
}
