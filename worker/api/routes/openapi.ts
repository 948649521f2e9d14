/** `GET /openapi.json`: the API's description, for tools and for the reference page. */
import { PublicAccess } from '../../http/public-access.ts';
import type { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { openapiDocument } from '../openapi/document.ts';
import { publishedDocument } from './published-document.ts';

export function openapiRoute(machinery: Machinery): Routes {
  const { app, basePath } = machinery;
  const anyone = PublicAccess.of(machinery);
  const isOpen = (method: string, path: string) => anyone?.isOpen(method, path) ?? false;
  return publishedDocument(() => openapiDocument(app, basePath, isOpen));
}
