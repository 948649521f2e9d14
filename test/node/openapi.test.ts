/**
 * The document is OpenAPI 3.1, by an external validator. Its agreement with the server: `test/workers/http-openapi`.
 */
import { validate } from '@readme/openapi-parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { integer, text } from 'drizzle-orm/sqlite-core';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { defineProjection } from '../../core/projection/define-projection.ts';
import { table } from '../../core/projection/table.ts';
import { openapiDocument } from '../../worker/api/openapi/document.ts';
import type { OpenApiDocument } from '../../worker/api/openapi/operation.ts';
import { projectionPart } from '../../worker/api/openapi/queries.ts';
import { app } from '../shop/app.ts';

/** As it is served; the validator writes into what it is given. */
function served(): OpenApiDocument {
  return JSON.parse(JSON.stringify(openapiDocument(app)));
}

async function verdict(document: OpenApiDocument): Promise<boolean> {
  const { valid } = await validate(JSON.parse(JSON.stringify(document)));
  return valid;
}

test('H14 the document is valid OpenAPI 3.1', async () => {
  expect(await validate(JSON.parse(JSON.stringify(served())))).toEqual({
    valid: true,
    warnings: [],
    specification: 'OpenAPI',
  });
});

test.each<[string, (document: OpenApiDocument) => unknown]>([
  ['an unknown member', (document) => ({ ...document, path: {} })],
  ['no version', ({ info: { title }, ...document }) => ({ ...document, info: { title } })],
  ['a reference to nothing', ({ components, ...document }) => ({ ...document, components: {} })],
  ['a path without its parameter', withoutParameters],
])('H14 and with %s it would not be', async (_what, broken) => {
  expect(await verdict(JSON.parse(JSON.stringify(broken(served()))))).toBe(false);
});

function withoutParameters(document: OpenApiDocument): unknown {
  const text = JSON.stringify(document).replaceAll('"#/components/parameters/AggregateId"', '""');
  return JSON.parse(text.replaceAll('{"$ref":""},', '').replaceAll('{"$ref":""}', ''));
}

test('H14 every schema in it is JSON Schema 2020-12', () => {
  const ajv = new Ajv2020({ strict: false });
  const schemas = schemasIn(served());
  expect(schemas.length).toBeGreaterThan(50);
  for (const schema of schemas) {
    expect(ajv.validateSchema(schema), JSON.stringify([schema, ajv.errors])).toBe(true);
  }
  expect(ajv.validateSchema({ type: 'text' })).toBe(false);
});

/** The values of `schema` or `schemas`, at any depth. */
function schemasIn(part: unknown): object[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]: [string, unknown]) => {
    if (typeof value !== 'object' || value === null) return [];
    if (name === 'schema') return [value];
    return name === 'schemas' ? Object.values(value) : schemasIn(value);
  });
}

test('H68 the description has each parameter as it is sent', () => {
  const goods = defineProjection({
    name: 'goods',
    version: 1,
    from: [],
    tables: { goods: table({ id: text().notNull(), cents: integer().notNull() }, { key: ['id'] }) },
    on: {},
  });
  const input = z.strictObject({
    ids: z.array(z.string()),
    min: z.int().min(0).exactOptional(),
    fair: z.boolean().exactOptional(),
    by: z.date().exactOptional(),
  });
  const part = projectionPart(
    goods.query('picked', input, (db, tables) => db.select().from(tables.goods)),
  );
  const parameters = part.paths['/v1/queries/picked']?.get?.parameters ?? [];
  expect(parameters.slice(0, 4)).toMatchObject([
    {
      name: 'ids',
      required: true,
      style: 'form',
      explode: false,
      schema: { type: 'array', items: { type: 'string' } },
    },
    { name: 'min', required: false, schema: { type: 'integer', minimum: 0 } },
    { name: 'fair', schema: { type: 'boolean' } },
    { name: 'by', schema: { type: 'string', format: 'date-time' } },
  ]);
  expect(parameters[0]).toMatchObject({ description: expect.stringMatching(/^Comma-separated/) });
});
