/** What the document says of an answer, as something that an answer can be held to. */
import { expect } from 'vitest';
import * as z from 'zod';
import type { OpenApiDocument, Operation, Schema } from '../../../worker/openapi/operation.ts';

/** What the operation says it answers with 200. */
export function answerOf(document: OpenApiDocument, operation: Operation | undefined): z.ZodType {
  const ok = operation?.responses[200];
  const schema = ok && 'content' in ok ? ok.content?.['application/json']?.schema : undefined;
  return asZod(document, schema);
}

/** A schema of the document, with the components where zod looks for them. Made once: it takes a while. */
export function asZod(document: OpenApiDocument, schema: Schema | undefined): z.ZodType {
  expect(schema).toBeDefined();
  const text = JSON.stringify(schema);
  const known = schemasOf(document);
  const made = known.get(text) ?? fromDocument(document, text);
  known.set(text, made);
  return made;
}

const schemas = new WeakMap<OpenApiDocument, Map<string, z.ZodType>>();

/** The same words may lead to another component in another document. */
function schemasOf(document: OpenApiDocument): Map<string, z.ZodType> {
  const known = schemas.get(document) ?? new Map<string, z.ZodType>();
  schemas.set(document, known);
  return known;
}

function fromDocument({ components }: OpenApiDocument, text: string): z.ZodType {
  const whole = { ...JSON.parse(text), $defs: components.schemas };
  return z.fromJSONSchema(
    JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')),
  );
}

/** Of an answer that does not end by itself, what comes first. */
export async function textOf(response: Response): Promise<string> {
  const isEndless = response.headers.get('content-type') === 'text/event-stream';
  if (!isEndless || !response.body) return response.text();
  const reader = response.body.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}
