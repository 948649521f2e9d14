/** `GET /schemas/{type}/{version}`: the JSON Schema of a public event's data, which its `dataschema` leads to. */
import { publicationsOf } from '../../../core/app.ts';
import { publicSchema } from '../../../core/publication/public-schema.ts';
import { type TaggedJson, tagged, taggedAnswer } from '../../http/entity-tag.ts';
import { Routes } from '../../http/routes.ts';
import { schemaPath } from '../../publications/feed/cloud-event.ts';
import type { Machinery } from '../../runtime/machinery.ts';

export function schemasRoute({ app }: Machinery): Routes {
  const definitions = new Map(
    publicationsOf(app)
      .flatMap(({ events }) => Object.entries(events))
      .flatMap(([type, versions]) =>
        versions.map((definition) => [schemaPath(type, definition.version), definition] as const),
      ),
  );
  const made = new Map<string, TaggedJson>();
  return new Routes().get('/:type/:version', ({ req }) => {
    const { type, version } = req.param();
    const path = `/schemas/${type}/${version}`;
    const definition = definitions.get(path);
    if (!definition) return { outcome: 'unknown', what: 'schema', name: `${type}/${version}` };
    const document = made.get(path) ?? tagged(publicSchema(type, definition));
    made.set(path, document);
    return taggedAnswer(req.raw, document, { 'content-type': 'application/schema+json' });
  });
}
