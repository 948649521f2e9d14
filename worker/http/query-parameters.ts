/** Query parameters as callers write them: each once, not too many, numbers in plain digits, lists with commas. */
import * as z from 'zod';
import { LIST_RULE, listItems } from '../../core/list-text.ts';
import { invalid } from '../../core/outcome.ts';
import { invalidParameters, unknownParameter } from './input-errors.ts';
import type { Read } from './read-json.ts';

/** Ours: more than any operation has. What comes beyond is not even compared. */
const PARAMETERS_MAX = 100;

/** What the schema makes of a URL's query. */
export function readQuery<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
): Read<z.output<Schema>> {
  const named = eachOnce(new URL(url).searchParams);
  if ('failure' in named) return named;
  const input = schema.safeParse(named.value);
  return input.success ? { value: input.data } : { failure: invalidParameters(input.error) };
}

/** Of a parameter that is there twice, one would be lost silently; so would `__proto__`, which zod skips in a record. */
function eachOnce(parameters: URLSearchParams): Read<Readonly<Record<string, string>>> {
  const named = new Map<string, string>();
  const repeated = new Set<string>();
  for (const [name, value] of parameters) {
    if (named.has(name)) repeated.add(name);
    named.set(name, value);
    if (named.size > PARAMETERS_MAX) {
      return { failure: invalid('', `Send at most ${PARAMETERS_MAX} parameters.`) };
    }
  }
  const errors = [...repeated].map((at) => ({ at, message: 'Send this parameter once.' }));
  if (named.has('__proto__')) errors.push(unknownParameter('__proto__'));
  if (errors.length > 0) return { failure: { outcome: 'invalid', errors } };
  return { value: Object.fromEntries(named) };
}

/** `Number` would take '', ' 5', 0x10, 1e2 and 007 as well. Fifteen digits are always exact. */
const WHOLE_NUMBER = /^(0|-?[1-9]\d{0,14})$/;
/** What that can say: the API's description has it as the bound. */
const FIFTEEN_DIGITS = 999_999_999_999_999;
const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;

export function wholeNumber(bounds: { min?: number; max?: number; default?: number } = {}) {
  const { min = -FIFTEEN_DIGITS, max = FIFTEEN_DIGITS } = bounds;
  const number = z.int(say('Send a whole number.')).min(min).max(max);
  return z.preprocess(
    numberIn(WHOLE_NUMBER),
    bounds.default === undefined ? number : number.default(bounds.default),
  );
}

export function decimalNumber() {
  return z.preprocess(numberIn(DECIMAL), z.number(say('Send a decimal number.')));
}

function numberIn(pattern: RegExp): (text: unknown) => unknown {
  return (text) => (typeof text === 'string' && pattern.test(text) ? Number(text) : text);
}

export function trueOrFalse() {
  return z.preprocess(
    (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
    z.boolean(say('Send true or false.')),
  );
}

/** `a,b\,c` is the list of `a` and `b,c`. */
export function listOf<Item extends z.ZodType>(item: Item, itemsMax: number) {
  return z.preprocess(
    (text) => (typeof text === 'string' ? listItems(text) : undefined),
    z.array(item, say(LIST_RULE)).max(itemsMax),
  );
}

/** Bounds keep zod's own messages. */
function say(message: string): { error: z.core.$ZodErrorMap } {
  return { error: ({ code }) => (code === 'invalid_type' ? message : undefined) };
}
