/** What differs between two versions of a schema, field by field. */
import type { FieldChange } from './catalog-shape.ts';
import { fieldsOf, type SchemaField } from './schema-fields.ts';

/** In the order of the newer one; what is gone at the end. */
export function schemaChanges(before: unknown, after: unknown): FieldChange[] {
  const [old, now] = [byPath(before), byPath(after)];
  const kept = [...now].flatMap(([field, text]) => {
    const was = old.get(field);
    if (was === text) return [];
    return [{ field, ...(was !== undefined && { before: was }), after: text }];
  });
  const gone = [...old].filter(([field]) => !now.has(field));
  return [...kept, ...gone.map(([field, text]) => ({ field, before: text }))];
}

function byPath(schema: unknown): Map<string, string> {
  return new Map(fieldsOf(schema).map((field) => [field.path, words(field)]));
}

function words({ type, isRequired, personal }: SchemaField): string {
  const shown = [...(isRequired ? [] : ['optional']), ...(personal ? [`of ${personal}`] : [])];
  return [type, ...shown].join(', ');
}
