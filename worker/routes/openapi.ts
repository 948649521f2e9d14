/** `GET /openapi.json`: the API's description, for tools and for the reference page. */
import { Hono } from 'hono';
import type { ApiTypes } from '../http/auth.ts';
import type { Machinery } from '../machinery.ts';
import { openapiDocument } from '../openapi/document.ts';

export function openapiRoute({ app }: Machinery): Hono<ApiTypes> {
  return new Hono<ApiTypes>().get('/', () => Response.json(openapiDocument(app)));
}
