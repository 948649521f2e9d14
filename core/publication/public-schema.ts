/** The JSON Schema of a public event's data: what consumers of a publication are shown. */
import { type JsonSchema, jsonSchema } from '../sealed/shown-schema.ts';
import type { PublicEventDefinition } from './public-event.ts';

/** The document at the address of a `dataschema`. */
export function publicSchema(
  type: string,
  { schema, version, deprecated }: PublicEventDefinition,
): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: `${type} version ${version}`,
    ...(deprecated !== undefined && { deprecated: true, 'x-deprecated-until': deprecated }),
    ...jsonSchema(schema, 'output'),
  };
}
