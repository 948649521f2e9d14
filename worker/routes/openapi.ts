/** `GET /openapi.json`: the API's description, for tools and for the reference page. */
import type { Hono } from 'hono';
import type { ApiTypes } from '../http/auth.ts';
import type { Machinery } from '../machinery.ts';
import { openapiDocument } from '../openapi/document.ts';
import { publishedDocument } from './published-document.ts';

export function openapiRoute({ app }: Machinery): Hono<ApiTypes> {
  return publishedDocument(() => openapiDocument(app));
}
