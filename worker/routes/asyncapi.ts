/** `GET /asyncapi.json`: the frames of live queries, for tools. */
import { Hono } from 'hono';
import type { ApiTypes } from '../http/auth.ts';
import { asyncapiDocument } from '../openapi/asyncapi.ts';

export function asyncapiRoute(): Hono<ApiTypes> {
  return new Hono<ApiTypes>().get('/', () => Response.json(asyncapiDocument()));
}
