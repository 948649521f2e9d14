/** `ledge` for tests: every response of its Worker is checked against its document. */
import type { App } from '../../../core/app.ts';
import { openapiDocument } from '../../../worker/api/openapi/document.ts';
import type { OpenApiDocument } from '../../../worker/api/openapi/operation.ts';
import { ledge } from '../../../worker/ledge.ts';
import type { Platform } from '../../../worker/runtime/platform.ts';
import { held } from './held-to-document.ts';

export function heldLedge(app: App, overrides: Partial<Platform> = {}) {
  const { fetch, ...others } = ledge(app, overrides);
  return { ...others, fetch: held(documentOf(app), fetch) };
}

const documents = new WeakMap<App, OpenApiDocument>();

/** What the app publishes; read once. */
export function documentOf(app: App): OpenApiDocument {
  const document = documents.get(app) ?? openapiDocument(app);
  documents.set(app, document);
  return document;
}
