/** `GET /asyncapi.json`: the frames of live queries, for tools. */
import type { Hono } from 'hono';
import type { ApiTypes } from '../http/auth.ts';
import { asyncapiDocument } from '../openapi/asyncapi.ts';
import { publishedDocument } from './published-document.ts';

export function asyncapiRoute(): Hono<ApiTypes> {
  return publishedDocument(asyncapiDocument);
}
