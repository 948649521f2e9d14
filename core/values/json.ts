/** Plain JSON: no undefined, no NaN, no Date. Events, commands and rejection details consist of it. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json };

/**
 * The fields of a type that JSON cannot represent, as sentences: `'placedAt' is a Date`. A type may contain itself, so
 * only some levels are checked; the schema's check at run time has no such limit.
 */
type NotJson<
  Data,
  Field extends string = 'data',
  Levels extends unknown[] = [1, 1, 1, 1],
> = Levels extends [unknown, ...infer Rest]
  ? unknown extends Data
    ? never
    : Data extends string | number | boolean | null | undefined
      ? never
      : Data extends bigint
        ? `'${Field}' is a bigint`
        : Data extends symbol
          ? `'${Field}' is a symbol`
          : Data extends Date
            ? `'${Field}' is a Date`
            : Data extends ReadonlyMap<unknown, unknown>
              ? `'${Field}' is a Map`
              : Data extends ReadonlySet<unknown>
                ? `'${Field}' is a Set`
                : Data extends (...input: never[]) => unknown
                  ? `'${Field}' is a function`
                  : Data extends readonly (infer Item)[]
                    ? NotJson<Item, Field, Rest>
                    : {
                        [Key in keyof Data & string]: NotJson<Data[Key], Key, Rest>;
                      }[keyof Data & string]
  : never;

/** `unknown` if JSON can represent the data, else the sentence that names the field. */
export type JsonFault<Data> = [NotJson<Data>] extends [never]
  ? unknown
  : `${NotJson<Data>}, which JSON does not carry`;

/** The same text for the same value in any order of keys (like RFC 8785: keys sorted by UTF-16 unit). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (isPlainObject(part) ? sortKeys(part) : part));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without a prototype, so that a key named `__proto__` stays a key. */
function sortKeys(value: Record<string, unknown>): Record<string, unknown> {
  const sorted: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value).sort()) sorted[key] = value[key];
  return sorted;
}

/**
 * Whether a value survives a round trip through JSON. Dates, maps, undefined and the like do not: they would be
 * silently stored as something else.
 */
export function isJson(value: unknown): value is Json {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      return value === null || isJsonContainer(value);
    default:
      return false;
  }
}

function isJsonContainer(value: object): boolean {
  if (Array.isArray(value)) return value.every(isJson);
  // An object without a prototype is valid JSON, but RPC between an object and the Worker refuses it.
  return Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson);
}

/** A deep copy in the form that storage returns: -0 is 0. */
export function jsonCopy<Value>(value: Value): Value {
  const text = JSON.stringify(value);
  return text === undefined ? value : JSON.parse(text);
}
