/**
 * Whether one JSON Schema allows every value that another one allows. Decides for the keywords that zod writes for plain
 * data; a keyword that it does not know has to be the same in both, so that no breaking change passes.
 */
import { canonicalJson } from '../values/json.ts';
import {
  entriesIn,
  isSchemaObject,
  keywordsOf,
  type SchemaObject,
} from '../values/schema-keywords.ts';

/** The place of a difference, and what it is; undefined: there is none. */
type Gap = string | undefined;

/**
 * The first place where a value of `narrow` may be none of `wide`, with what differs there. Both without annotations.
 *
 * @example gapBetween({ type: 'number' }, { type: 'integer' }) is undefined
 */
export function gapBetween(wide: unknown, narrow: unknown, at = ''): Gap {
  if (wide === true || canonicalJson(wide) === canonicalJson(narrow)) return undefined;
  if (!isSchemaObject(wide) || !isSchemaObject(narrow)) return gap(at, 'has another schema');
  const alternatives = alternativesOf(narrow);
  if (alternatives) return firstOf(alternatives, (one) => gapBetween(wide, one, at));
  const choices = alternativesOf(wide);
  if (choices) {
    const isTaken = choices.some((one) => gapBetween(one, narrow, at) === undefined);
    return isTaken ? undefined : gap(at, 'has a value that none of the alternatives takes');
  }
  if (wide[PERSONAL] !== narrow[PERSONAL]) return gap(at, 'is personal in one of them');
  return valuesGap(wide, narrow, at) ?? typeGap(wide, narrow, at) ?? partsGap(wide, narrow, at);
}

/** A stored value is sealed or it is not. */
const PERSONAL = 'x-personal';

function gap(at: string, what: string): string {
  return `${at === '' ? 'the data' : at} ${what}`;
}

/** zod writes `oneOf` for a union whose alternatives a constant tells apart, and a list of types for `nullable`. */
function alternativesOf({
  anyOf,
  oneOf,
  type,
  ...rest
}: SchemaObject): readonly unknown[] | undefined {
  if (Array.isArray(type)) return type.map((one: unknown) => ({ ...rest, type: one }));
  const alternatives = anyOf ?? oneOf;
  const isUnion = Object.keys(rest).length === 0 && type === undefined;
  return isUnion && Array.isArray(alternatives) ? alternatives : undefined;
}

function firstOf<Item>(items: readonly Item[], find: (item: Item) => Gap): Gap {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A constant is the enumeration of one value. */
function valuesOf({ enum: values, const: only }: SchemaObject): readonly unknown[] | undefined {
  if (Array.isArray(values)) return values;
  return only === undefined ? undefined : [only];
}

function valuesGap(wide: SchemaObject, narrow: SchemaObject, at: string): Gap {
  const [allowed, given] = [valuesOf(wide), valuesOf(narrow)];
  if (!allowed) return undefined;
  const texts = allowed.map(canonicalJson);
  const other = given?.find((value) => !texts.includes(canonicalJson(value)));
  if (given && other === undefined) return undefined;
  return gap(at, given ? `may be ${canonicalJson(other)}` : 'may have other values');
}

function typeGap({ type: wide }: SchemaObject, narrow: SchemaObject, at: string): Gap {
  if (wide === undefined || wide === narrow.type) return undefined;
  if (wide === 'number' && narrow.type === 'integer') return undefined;
  return gap(at, `may be no ${wide}`);
}

/** Below which, or above which, the narrow one has to be. */
const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];

/** Compared by their own rules. */
const KNOWN = [
  ...[...LOWER, ...UPPER, 'type', 'enum', 'const', 'properties', 'required'],
  ...['additionalProperties', 'items'],
];

function partsGap(wide: SchemaObject, narrow: SchemaObject, at: string): Gap {
  return (
    firstOf(Object.entries(wide), ([keyword, value]) => {
      const own = narrow[keyword];
      if (LOWER.includes(keyword)) return isAtLeast(own, value) ? undefined : bound(at, keyword);
      if (UPPER.includes(keyword)) return isAtLeast(value, own) ? undefined : bound(at, keyword);
      if (KNOWN.includes(keyword) || canonicalJson(own) === canonicalJson(value)) return undefined;
      return gap(at, `has another ${keyword}`);
    }) ??
    itemsGap(wide, narrow, at) ??
    propertiesGap(wide, narrow, at)
  );
}

function isAtLeast(value: unknown, least: unknown): boolean {
  return typeof value === 'number' && typeof least === 'number' && value >= least;
}

function bound(at: string, keyword: string): string {
  return gap(at, `may be beyond its ${keyword}`);
}

function itemsGap({ items: wide }: SchemaObject, narrow: SchemaObject, at: string): Gap {
  if (wide === undefined || narrow.type !== 'array') return undefined;
  return gapBetween(wide, narrow.items ?? {}, `${at}[]`);
}

function propertiesGap(wide: SchemaObject, narrow: SchemaObject, at: string): Gap {
  if (narrow.type !== 'object') return undefined;
  const [allowed, given] = [keywordsOf(wide.properties), keywordsOf(narrow.properties)];
  const pathOf = (name: string) => (at === '' ? name : `${at}.${name}`);
  const always = entriesIn(narrow.required);
  return (
    firstOf(entriesIn(wide.required).map(String), (name) =>
      always.includes(name) ? undefined : gap(pathOf(name), 'may be missing'),
    ) ??
    firstOf(Object.entries(given), ([name, schema]) =>
      Object.hasOwn(allowed, name)
        ? gapBetween(allowed[name], schema, pathOf(name))
        : otherGap(wide.additionalProperties, schema, pathOf(name)),
    ) ??
    otherFieldsGap(wide, narrow, at)
  );
}

/** A field that is not declared in the wide one. */
function otherGap(additional: unknown, schema: unknown, at: string): Gap {
  if (additional === false) return gap(at, 'may be there');
  return gapBetween(additional ?? true, schema, at);
}

/** Fields that the narrow one does not declare. */
function otherFieldsGap(wide: SchemaObject, narrow: SchemaObject, at: string): Gap {
  if (narrow.additionalProperties === false) return undefined;
  const others = narrow.additionalProperties ?? {};
  const given = keywordsOf(narrow.properties);
  const declared = Object.entries(keywordsOf(wide.properties)).filter(
    ([name]) => !Object.hasOwn(given, name),
  );
  const where = `a field of ${at === '' ? 'the data' : at}`;
  return (
    firstOf(declared, ([, schema]) => gapBetween(schema, others, where)) ??
    otherGap(wide.additionalProperties, others, where)
  );
}
