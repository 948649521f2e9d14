/** `GET /asyncapi.json`: the frames of live queries, for tools. */
import type { Routes } from '../../http/routes.ts';
import { asyncapiDocument } from '../openapi/asyncapi.ts';
import { publishedDocument } from './published-document.ts';

export function asyncapiRoute(): Routes {
  return publishedDocument(asyncapiDocument);
}
