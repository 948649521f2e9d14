/** `ledge` for tests: every response of its Worker is checked against its document. */
import type { App } from '../../../core/app.ts';
import { openapiDocument } from '../../../worker/api/openapi/document.ts';
import type { OpenApiDocument } from '../../../worker/api/openapi/operation.ts';
import { type LedgeBindings, type LedgeOptions, ledge } from '../../../worker/ledge.ts';
import { held } from './held-to-document.ts';

export function heldLedge(
  app: App,
  options: LedgeOptions<Record<never, never>, LedgeBindings> = {},
) {
  // The tests of tenants alone provision them.
  const { fetch, ...others } = ledge(app, { tenants: 'open', ...options });
  return { ...others, fetch: held(documentOf(app), fetch) };
}

const documents = new WeakMap<App, Map<string, OpenApiDocument>>();

/** What the app publishes under a base path; read once. */
export function documentOf(app: App, basePath = ''): OpenApiDocument {
  const known = documents.get(app) ?? new Map<string, OpenApiDocument>();
  documents.set(app, known);
  const document = known.get(basePath) ?? openapiDocument(app, basePath);
  known.set(basePath, document);
  return document;
}
