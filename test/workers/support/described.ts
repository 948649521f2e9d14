/** What the document says of an answer, as something that an answer can be held to. */
import { expect } from 'vitest';
import { z } from 'zod';
import type { OpenApiDocument } from '../../../worker/openapi/document.ts';
import type {
  Response as Described,
  Operation,
  Schema,
} from '../../../worker/openapi/operation.ts';

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
  const made = known.get(text) ?? fromDocument(document, text);
  known.set(text, made);
  return made;
}

const known = new Map<string, z.ZodType>();

function fromDocument({ components }: OpenApiDocument, text: string): z.ZodType {
  const whole = { ...JSON.parse(text), $defs: components.schemas };
  return z.fromJSONSchema(
    JSON.parse(JSON.stringify(whole).replaceAll('#/components/schemas/', '#/$defs/')),
  );
}

/** Its status is one that the operation announces, its type and its body are what stands there. */
export async function expectDescribedAnswer(
  document: OpenApiDocument,
  operation: Operation,
  response: Response,
): Promise<unknown> {
  const text = await textOf(response);
  const { status } = response;
  const described = announced(document, operation, status);
  expect(described, `${operation.operationId} answers ${status}: ${text}`).toBeDefined();
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  if (!described?.content) {
    expect(text).toBe('');
    return undefined;
  }
  const { schema } = described.content[type] ?? {};
  expect(schema, `${operation.operationId} answers ${type}`).toBeDefined();
  if (!type.includes('json')) return text;
  const bodies = type === 'application/x-ndjson' ? text.split('\n').slice(0, -1) : [text];
  const parsed = bodies.map((body): unknown => JSON.parse(body));
  for (const body of parsed) asZod(document, schema).parse(body);
  return parsed[0];
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

function announced(
  { components }: OpenApiDocument,
  { responses }: Operation,
  status: number,
): Described | undefined {
  const found = responses[status];
  if (!found || !('$ref' in found)) return found;
  return components.responses[found.$ref.split('/').at(-1) ?? ''];
}
