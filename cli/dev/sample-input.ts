/** A small value that a JSON Schema takes, as an example to type over. Pure. */
type Schema = Readonly<Record<string, unknown>>;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-31T12:00:00Z',
  date: '2026-01-31',
  time: '12:00:00',
  uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
  email: 'ann@example.org',
  uri: 'https://example.org/',
};

/** `schemas` are those that `$ref` names, by the last part of their address. */
export function sampleInput(schema: unknown, schemas: Schema = {}): unknown {
  if (!isSchema(schema)) return null;
  const inner = (part: unknown) => sampleInput(part, schemas);
  const { $ref, anyOf, oneOf, allOf, type } = schema;
  if (typeof $ref === 'string') return inner(schemas[$ref.split('/').at(-1) ?? '']);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if (Array.isArray(schema.examples)) return schema.examples[0];
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices)) return inner(choices[0]);
  if (Array.isArray(allOf)) return Object.assign({}, ...allOf.map(inner));
  switch (Array.isArray(type) ? type[0] : type) {
    case 'object':
      return objectOf(schema, inner);
    case 'array':
      return Array.from({ length: Number(schema.minItems ?? 0) }, () => inner(schema.items));
    case 'string':
      return textOf(schema);
    case 'integer':
    case 'number':
      return numberOf(schema);
    case 'boolean':
      return true;
    default:
      return null;
  }
}

/** What has to be there, and nothing else. */
function objectOf({ properties, required }: Schema, inner: (part: unknown) => unknown): unknown {
  if (!isSchema(properties) || !Array.isArray(required)) return {};
  return Object.fromEntries(required.map((name) => [name, inner(properties[name])]));
}

function textOf({ format, minLength, maxLength }: Schema): string {
  const text = FORMATS[String(format)] ?? 'text'.padEnd(Number(minLength ?? 0), 't');
  return maxLength === undefined ? text : text.slice(0, Number(maxLength));
}

/** 1 where it fits: zero is often taken, and seldom meant. */
function numberOf({ minimum, exclusiveMinimum, maximum, multipleOf }: Schema): number {
  const step = Number(multipleOf ?? 1);
  const least = Math.max(Number(minimum ?? step), Number(exclusiveMinimum ?? 0) + step, step);
  return Math.min(Math.ceil(least / step) * step, Number(maximum ?? least));
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
