/** A document that only a deployment changes: made at its first request, once for each isolate. */

import { type TaggedJson, tagged, taggedAnswer } from '../../http/entity-tag.ts';
import { Routes } from '../../http/routes.ts';

export function publishedDocument(make: () => object): Routes {
  let made: TaggedJson | undefined;
  return new Routes().get('/', ({ req }) => {
    made ??= tagged(make());
    return taggedAnswer(req.raw, made);
  });
}
