/** Describes the feeds of publications, and the schemas of their events. */
import { type App, publicationsOf } from '../../../core/app.ts';
import { PAGE_BYTES_MAX } from '../../../core/values/bytes.ts';
import { CLOUD_EVENT_BATCH } from '../../publications/feed/cloud-event.ts';
import { EVENT_STREAM } from '../../publications/feed/event-stream-text.ts';
import { PAGES_MAX } from '../../publications/feed/read-publication.ts';
import { publicationInput } from '../inputs/publications.ts';
import { jsonSchema, queryParameters } from './json-schema.ts';
import {
  arrayOf,
  notModified,
  type Operation,
  objectOf,
  type Parameter,
  type Part,
  pathParameter,
  type Schema,
  tagHeader,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { schemaRef } from './references.ts';

const tag = 'Publications';

export function publicationsPart(app: App): Part {
  return {
    tag: {
      name: tag,
      description: 'What the app publishes to other systems, as CloudEvents.',
    },
    paths: {
      '/v1/publications/{publication}': { get: feedOperation(app) },
      '/schemas/{type}/{version}': { get: schemaOperation(app) },
    },
    schemas: { PublicEvent: publicEvent },
  };
}

const DESCRIPTION = `The public events after a position, in the order in which they were published: a stream's own order within
the stream. Keep the position that the \`Link\` of an answer leads to, or the \`position\` of an event, together with what you derived from
the events, and ask again with it. Nothing is missed; what you did not keep comes again, with the same \`source\` and \`id\`.

An answer is a batch of CloudEvents 1.0 in JSON. With \`Accept: ${EVENT_STREAM}\` it is a stream of server-sent events that
ends with its first events, or after \`wait\` seconds, 30 if left out; a client connects again by itself, with \`Last-Event-ID\`.

It ends with \`limit\` events, with ${PAGE_BYTES_MAX / 1_000_000} MB, or after ${PAGES_MAX.toLocaleString('en')} stored pages whatever was found in
them; so with \`type\` it may be empty with more to come, and the position has moved on. Only at the end of the feed does \`wait\` wait.

After a restore of the database a position that is not in the feed any more is answered with 410 \`restored\`. Go on from its
\`common\`, or from the beginning; an event that is published again has the same id. A \`position\` and a \`sequence\` may then differ.`;

function feedOperation(app: App): Operation {
  const publications = publicationsOf(app);
  const names = publications.map(({ name }) => name);
  const types = publications.flatMap(({ events }) => Object.keys(events));
  return {
    operationId: 'publications.feed',
    tags: [tag],
    summary: 'The public events after a position',
    description: DESCRIPTION,
    parameters: [
      pathParameter('publication', names, 'The name of the publication.'),
      lastEventId,
      ...queryParameters(jsonSchema(publicationInput([...new Set(types)]), 'input')),
    ],
    responses: {
      200: {
        description: 'Public events. There is always a next page: what has not been published yet.',
        headers: {
          Link: { description: 'Where to go on, `rel="next"`.', schema: { type: 'string' } },
        },
        content: {
          [CLOUD_EVENT_BATCH]: { schema: arrayOf(schemaRef('PublicEvent')) },
          [EVENT_STREAM]: { schema: { type: 'string' } },
        },
      },
      ...problems('invalid', 'unknown', 'restored', 'damaged'),
    },
  };
}

const lastEventId: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'Of a stream of server-sent events: a position, which counts instead of `after`.',
  schema: { type: 'string' },
};

const text: Schema = { type: 'string' };

/** The envelope of every public event. */
export const publicEvent: Schema = objectOf(
  {
    specversion: { type: 'string', const: '1.0' },
    id: {
      ...text,
      description: 'Follows from the private event: the same each time that it is published.',
    },
    source: { ...text, description: 'The tenant and the publication.' },
    type: text,
    subject: { ...text, description: 'The stream that it is about, like `order/o-1`.' },
    time: { ...text, format: 'date-time', description: 'When it happened in the world.' },
    datacontenttype: { type: 'string', const: 'application/json' },
    dataschema: { ...text, format: 'uri', description: 'The JSON Schema of its data.' },
    sequence: { ...text, description: 'Its order in the feed, compared as text.' },
    position: { ...text, description: 'From which a reader goes on behind it.' },
    data: {},
  },
  { traceparent: { ...text, description: 'Of the command, where its caller sent one.' } },
);

function schemaOperation(app: App): Operation {
  const events = publicationsOf(app).flatMap((publication) => Object.entries(publication.events));
  const types = new Set(events.map(([type]) => type));
  const versions = new Set(events.flatMap(([, own]) => own.map(({ version }) => String(version))));
  return {
    operationId: 'publications.schema',
    tags: [tag],
    summary: 'The schema of a public event',
    description: 'To which the `dataschema` of an event leads.',
    parameters: [
      pathParameter('type', [...types], 'The type of the event.'),
      pathParameter('version', [...versions], 'A version of the type.'),
      parameterRef('KnownTag'),
    ],
    responses: {
      200: {
        description: 'JSON Schema 2020-12.',
        headers: { ETag: tagHeader },
        content: { 'application/schema+json': { schema: { type: 'object' } } },
      },
      304: notModified,
      ...problems('unknown'),
    },
  };
}
