/** Query parameters as callers write them: each once, numbers in plain digits, lists with commas. */
import { z } from 'zod';
import { LIST_RULE, listItems } from '../../core/list-text.ts';
import { invalidParameters } from './input-errors.ts';
import type { Read } from './read-json.ts';

/** What the schema makes of a URL's query. Of a parameter that is there twice, one would be lost without a word. */
export function readQuery<Schema extends z.ZodType>(
  url: string,
  schema: Schema,
): Read<z.output<Schema>> {
  const { searchParams } = new URL(url);
  const repeated = [...new Set(searchParams.keys())].filter(
    (name) => searchParams.getAll(name).length > 1,
  );
  if (repeated.length > 0) {
    const errors = repeated.map((at) => ({ at, message: 'Send this parameter once.' }));
    return { failure: { outcome: 'invalid', errors } };
  }
  const input = schema.safeParse(Object.fromEntries(searchParams));
  return input.success ? { value: input.data } : { failure: invalidParameters(input.error) };
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
