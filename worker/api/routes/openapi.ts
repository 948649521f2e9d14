/** `GET /openapi.json`: the API's description, for tools and for the reference page. */
import type { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { openapiDocument } from '../openapi/document.ts';
import { publishedDocument } from './published-document.ts';

export function openapiRoute({ app, basePath }: Machinery): Routes {
  return publishedDocument(() => openapiDocument(app, basePath));
}
