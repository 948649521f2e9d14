/** A document that only a deployment changes: made at its first request, once for each isolate. */
import { Hono } from 'hono';
import type { ApiTypes } from '../http/auth.ts';
import { type TaggedJson, tagged, taggedAnswer } from '../http/entity-tag.ts';

export function publishedDocument(make: () => object): Hono<ApiTypes> {
  let made: TaggedJson | undefined;
  return new Hono<ApiTypes>().get('/', ({ req }) => {
    made ??= tagged(make());
    return taggedAnswer(req.raw, made);
  });
}
