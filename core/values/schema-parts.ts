/** The schemas in a zod schema: of arrays, unions, records, optional values, and so on. */

/** The common part of zod's schemas; the rest depends on `type`. */
export interface SchemaNode {
  readonly _zod: { readonly def: Readonly<Record<string, unknown>> & { readonly type: string } };
}

/** The members of a definition that contain schemas. */
const MEMBERS = [
  'innerType',
  'element',
  'options',
  'left',
  'right',
  'items',
  'rest',
  'keyType',
  'valueType',
  'catchall',
];

/** `ends`: which ends of a pipe are looked at. */
export function innerSchemas(
  { _zod: { def } }: SchemaNode,
  ends: readonly ('in' | 'out')[],
): SchemaNode[] {
  const lazy = typeof def.getter === 'function' ? def.getter() : undefined;
  const members = [...ends, ...MEMBERS].map((name) => def[name]);
  return [lazy, ...members].flat().filter(isSchema);
}

/** The fields of an object. */
export function fieldSchemas({ _zod: { def } }: SchemaNode): [name: string, SchemaNode][] {
  const fields: [string, unknown][] = Object.entries(Object(def.shape));
  return fields.filter((field): field is [string, SchemaNode] => isSchema(field[1]));
}

export function isSchema(value: unknown): value is SchemaNode {
  return typeof value === 'object' && value !== null && '_zod' in value;
}
