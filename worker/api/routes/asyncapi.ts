/** `GET /asyncapi.json`: the frames of live queries, for tools. */
import type { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { asyncapiDocument } from '../openapi/asyncapi.ts';
import { publishedDocument } from './published-document.ts';

export function asyncapiRoute({ basePath }: Machinery): Routes {
  return publishedDocument(() => asyncapiDocument(basePath));
}
