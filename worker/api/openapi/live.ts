/** Describes live queries as far as OpenAPI can: how each begins. Its messages are described by AsyncAPI. */
import { type App, listsOf } from '../../../core/app.ts';
import { LIVE_SUBPROTOCOL, TICKET_SUBPROTOCOL } from '../../../core/live/live-limits.ts';
import { socketInput } from '../inputs/live.ts';
import { jsonSchema, queryParameters } from './json-schema.ts';
import {
  json,
  type Operation,
  objectOf,
  type Parameter,
  type Part,
  type Response,
  type Schema,
} from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Live queries';

export function livePart({ projections }: App): Part {
  const names = projections.flatMap(listsOf).map(({ address }) => address);
  const queries = projections.flatMap((projection) => projection.queries.map(({ name }) => name));
  return {
    tag: { name: tag, description: 'Queries that go on being answered.' },
    paths: {
      '/v1/live': { get: socket },
      '/v1/live/tickets': { post: ticket },
      '/v1/live/{query}': { get: streamOf([...names, ...queries]) },
      '/v1/live/{query}/{key}': { get: rowStreamOf(names) },
    },
    schemas: {},
  };
}

const socket: Operation = {
  operationId: 'live',
  tags: [tag],
  summary: 'Follow queries over a WebSocket',
  description: `One socket carries many subscriptions. Its frames are described in \`/asyncapi.json\`. A browser offers a ticket of
\`POST /v1/live/tickets\` as the subprotocol \`${TICKET_SUBPROTOCOL}\` with the ticket behind it, beside \`${LIVE_SUBPROTOCOL}\`.`,
  parameters: queryParameters(jsonSchema(socketInput, 'input')),
  responses: {
    101: {
      description: 'Frames follow, each one JSON text.',
      headers: {
        'Sec-WebSocket-Protocol': {
          description: 'The subprotocol that was chosen, where it was offered.',
          schema: { type: 'string', const: LIVE_SUBPROTOCOL },
        },
      },
    },
    ...problems('invalid', 'upgrade-required', 'unavailable'),
  },
};

const ticket: Operation = {
  operationId: 'live.ticket',
  tags: [tag],
  summary: 'Get a ticket for a socket',
  description:
    'For the caller of this request. It opens one WebSocket, or renews one, within a minute; the socket lasts `lastsMs` milliseconds from then on, an hour at most, and without end where that is left out. Needs the secret LEDGE_SECRET.',
  parameters: queryParameters(jsonSchema(socketInput, 'input')),
  responses: {
    200: {
      description: 'The ticket.',
      headers: {
        'Cache-Control': { description: 'Never cached.', schema: { type: 'string' } },
      },
      content: json(
        objectOf(
          { ticket: { type: 'string' }, expiresAt: { type: 'string', format: 'date-time' } },
          { lastsMs: { type: 'number' } },
        ),
      ),
    },
    ...problems('invalid', 'wrong-state', 'too-large'),
  },
};

const STREAM = `The frames of \`/asyncapi.json\` as server-sent events: the event is called after the frame's type, but
\`problem\` for an error, and its id is the frame's \`seq\`. A client that reconnects with \`Last-Event-ID\` is sent what it missed.`;

const events: Response = {
  description: 'Events follow.',
  headers: {
    'Cache-Control': { description: 'The stream is never cached.', schema: { type: 'string' } },
  },
  content: { 'text/event-stream': { schema: { type: 'string' } } },
};

function streamOf(names: readonly string[]): Operation {
  return {
    operationId: 'live.query',
    tags: [tag],
    summary: 'Follow a query',
    description: `${STREAM} Takes the parameters of \`GET /v1/queries/{query}\` but \`cursor\` and \`count\`.`,
    parameters: [named(names), lastEventId],
    responses: { 200: events, ...problems('invalid', 'unknown', 'too-large', 'unavailable') },
  };
}

function rowStreamOf(names: readonly string[]): Operation {
  const key: Schema = { type: 'string' };
  return {
    operationId: 'live.row',
    tags: [tag],
    summary: 'Follow a row, by its key',
    description: STREAM,
    parameters: [
      named(names),
      {
        name: 'key',
        in: 'path',
        required: true,
        description: 'Its parts with commas, each percent-encoded.',
        schema: key,
      },
      lastEventId,
    ],
    responses: { 200: events, ...problems('invalid', 'unknown', 'too-large', 'unavailable') },
  };
}

function named(names: readonly string[]): Parameter {
  return {
    name: 'query',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: [...names] },
  };
}

const lastEventId: Parameter = {
  name: 'Last-Event-ID',
  in: 'header',
  description: 'The id of the last event that came.',
  schema: { type: 'string' },
};
