/** Describes the journal's feed. */
import type { App } from '../../../core/app.ts';
import { PAGE_BYTES_MAX } from '../../../core/values/bytes.ts';
import { EXAMINED_MAX } from '../../queries/filled-page.ts';
import { feedInput } from '../inputs/events.ts';
import { jsonSchema, queryParameters } from './json-schema.ts';
import { arrayOf, json, type Operation, objectOf, type Part, type Schema } from './operation.ts';
import { problems } from './problems.ts';
import { schemaRef } from './references.ts';

const tag = 'Journal';

export function eventsPart(app: App): Part {
  return {
    tag: { name: tag, description: 'Every event of every stream, in the order of arrival.' },
    paths: { '/v1/events': { get: feedOperation(app) } },
    schemas: { JournalEvent: journalEvent },
  };
}

const DESCRIPTION = `Follow everything that happens: keep the \`after\` of each answer, together with what you derived from its events,
and ask again with it. Nothing is missed, and each stream's events come in their order. What you did not keep comes
again, so take each event, by its stream and version, at most once.

A position is an opaque text, and shows no caller of a tenant what other tenants write. An event always has the same one
until the secret of the deployment is changed; two positions cannot be compared. Events come in the order in which they arrived here. That order is a stream's own within the
stream; between streams it means nothing.

After a restore of the database a position that was given for an event which is not in the journal any more is answered
with 410 \`restored\`. Its \`common\`, where it is known, is the newest position that old and new journal share: go on from
there, or from the beginning, and take each event at most once as ever.

An answer ends with \`limit\` events, with ${PAGE_BYTES_MAX / 1_000_000} MB, or after ${EXAMINED_MAX.toLocaleString('en')} positions whatever was found in
them; so it may be empty with more to come, and \`after\` has moved on. Only at the journal's end does \`wait\` wait.`;

function feedOperation(app: App): Operation {
  return {
    operationId: 'events',
    tags: [tag],
    summary: 'The events after a position',
    description: DESCRIPTION,
    parameters: queryParameters(jsonSchema(feedInput(app), 'input')),
    responses: {
      200: {
        description:
          'Events, and where to go on. There is always a next page: what has not happened yet.',
        headers: {
          Link: { description: 'Where to go on, `rel="next"`.', schema: { type: 'string' } },
        },
        content: json(
          objectOf({ events: arrayOf(schemaRef('JournalEvent')), after: { type: 'string' } }),
        ),
      },
      ...problems('invalid', 'restored', 'damaged'),
    },
  };
}

const journalEvent: Schema = {
  allOf: [
    schemaRef('StoredEvent'),
    objectOf(
      { position: { type: 'string' } },
      {
        unreadable: {
          type: 'string',
          description: 'Why the event is as it was stored: this version of the app cannot read it.',
        },
      },
    ),
  ],
};
