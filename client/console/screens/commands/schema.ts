/** JSON Schema, as far as the form draws it: everything else is written as JSON. */

export interface FieldSchema {
  readonly $ref?: string;
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly format?: string;
  readonly minimum?: number;
  readonly minItems?: number;
  readonly description?: string;
}

/** The schema that a reference leads to; references begin at the root of their document. */
export function resolved(schema: FieldSchema, root: FieldSchema): FieldSchema {
  if (schema.$ref === undefined) return schema;
  const steps = schema.$ref.split('/').slice(1);
  const target = steps.reduce<unknown>(
    (at, step) => Object(at)[step.replaceAll('~1', '/').replaceAll('~0', '~')],
    root,
  );
  const { $ref: _reference, ...beside } = schema;
  return { ...Object(target), ...beside };
}

export type FieldKind = 'object' | 'array' | 'choice' | 'text' | 'number' | 'boolean' | 'json';

/** `json`: a union, a tuple, a record, or what the schema does not say. */
export function fieldKind(schema: FieldSchema): FieldKind {
  if (schema.enum || 'const' in schema) return 'choice';
  if (schema.type === 'object' && schema.properties) return 'object';
  if (schema.type === 'array' && isSchema(schema.items)) return 'array';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  return schema.type === 'boolean' ? 'boolean' : 'json';
}

function isSchema(items: unknown): boolean {
  return typeof items === 'object' && items !== null;
}

/** Every choice of a value, of an enum or a constant. */
export function choicesOf(schema: FieldSchema): readonly unknown[] {
  return schema.enum ?? [schema.const];
}

/** The smallest value of the schema, with which a form begins. */
export function firstValue(schema: FieldSchema, root: FieldSchema): unknown {
  const one = resolved(schema, root);
  if ('default' in one) return one.default;
  switch (fieldKind(one)) {
    case 'object':
      return Object.fromEntries(
        Object.entries(one.properties ?? {})
          .filter(([name]) => one.required?.includes(name))
          .map(([name, of]) => [name, firstValue(of, root)]),
      );
    case 'array':
      return Array.from({ length: Math.min(1, one.minItems ?? 0) }, () =>
        firstValue(one.items ?? {}, root),
      );
    case 'choice':
      return choicesOf(one)[0];
    case 'text':
      return '';
    case 'number':
      return Math.max(0, one.minimum ?? 0);
    case 'boolean':
      return false;
    case 'json':
      return one.type === 'object' ? {} : null;
  }
}
