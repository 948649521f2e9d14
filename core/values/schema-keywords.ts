/** The keywords of a JSON Schema, whose values may be anything. */

export type SchemaObject = Readonly<Record<string, unknown>>;

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** None for a schema that is `true` or `false`. */
export function keywordsOf(value: unknown): SchemaObject {
  return isSchemaObject(value) ? value : {};
}

/** The value of a keyword that has a list. */
export function entriesIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** @example definitionName('#/$defs/Address') is 'Address'; '#' is the schema itself */
export function definitionName(ref: string): string {
  return ref.replace('#/$defs/', '').replaceAll('~1', '/').replaceAll('~0', '~');
}

/** The definitions of a schema by name, and itself as `#`. */
export function definitionsOf(schema: SchemaObject): SchemaObject {
  return { ...keywordsOf(schema.$defs), '#': schema };
}
