/** `GET /asyncapi.json`: publications, inbounds and live queries as messages, for tools. */
import type { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { asyncapiDocument } from '../openapi/asyncapi.ts';
import { publishedDocument } from './published-document.ts';

export function asyncapiRoute({ app, basePath }: Machinery): Routes {
  return publishedDocument(() => asyncapiDocument(app, basePath));
}
