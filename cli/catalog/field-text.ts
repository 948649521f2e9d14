/** The fields of a schema, and what changed in a version, as Markdown. Pure. */
import type { FieldChange } from '../../core/catalog/catalog-shape.ts';
import { fieldsOf, type SchemaField } from '../../core/catalog/schema-fields.ts';
import { codeText, tableText } from './markdown.ts';

export function fieldsText(schema: unknown): readonly string[] {
  const lines = fieldsOf(schema).map((field) => [
    codeText(field.path || '(all)'),
    codeText(field.type),
    remarksOf(field),
  ]);
  return tableText(['field', 'type', 'remarks'], lines);
}

function remarksOf({ isRequired, personal, description }: SchemaField): string {
  return [
    ...(isRequired ? [] : ['optional']),
    ...(personal === undefined ? [] : [`personal, of ${codeText(personal)}`]),
    ...(description === undefined ? [] : [description]),
  ].join('; ');
}

/** The description of the whole. */
export function descriptionText({ description }: Readonly<Record<string, unknown>>): string[] {
  return typeof description === 'string' ? ['', description] : [];
}

interface ChangedVersion {
  readonly version: number;
  readonly changes: readonly FieldChange[];
}

/** A line for each version after the first. */
export function changesText(versions: readonly ChangedVersion[]): readonly string[] {
  return versions.slice(1).flatMap(({ version, changes }) => {
    const words = changes.map(changeText);
    return [
      '',
      `Version ${version}: ${words.length === 0 ? 'no field differs' : words.join('; ')}.`,
    ];
  });
}

function changeText({ field, before, after }: FieldChange): string {
  const name = codeText(field || '(all)');
  if (before === undefined) return `${name} is new (${codeText(after ?? '')})`;
  if (after === undefined) return `${name} is gone (${codeText(before)})`;
  return `${name} was ${codeText(before)}, is ${codeText(after)}`;
}
