/** The OpenAPI document of the reference app, by an external validator. */
import { validate } from '@readme/openapi-parser';
import { expect, test } from 'vitest';
import { app } from '../../domain/app.ts';
import { openapiDocument } from '../../worker/api/openapi/document.ts';

test('H14 the document of the reference app is valid OpenAPI 3.1', async () => {
  const document = JSON.parse(JSON.stringify(openapiDocument(app)));
  const warnings: unknown[] = [];
  expect(await validate(document)).toEqual({ valid: true, warnings, specification: 'OpenAPI' });
});
