/**
 * Describes an aggregate: its commands, its state and its stream, with its own events in every answer. Of a saga only
 * what can be read: no caller sends its commands.
 */
import type { Aggregate } from '../../../core/aggregate/aggregate.ts';
import type { Saga } from '../../../core/process/saga.ts';
import { PAGE_BYTES_MAX } from '../../../core/values/bytes.ts';
import { momentInput } from '../../http/moment-input.ts';
import { eventsInput, streamsInput } from '../inputs/streams.ts';
import { acceptedSchema, commandPaths } from './commands.ts';
import { jsonSchema, queryParameters, schemasOf } from './json-schema.ts';
import {
  arrayOf,
  json,
  notModified,
  type Operation,
  objectOf,
  type Part,
  pageOf,
  type Schemas,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { componentName, eventDataRef, eventRef, schemaRef } from './references.ts';
import { simulateOperation } from './simulate.ts';

export function aggregatePart(aggregate: Aggregate): Part {
  const { name } = aggregate;
  const tag = `Aggregate ${name}`;
  const read = readPart(aggregate, tag);
  return {
    tag: { name: tag, description: `Commands, state and events of \`${name}\`.` },
    paths: {
      ...commandPaths(aggregate, tag),
      ...read.paths,
      [`/v1/simulate/${name}/{id}`]: { post: simulateOperation(aggregate, tag) },
    },
    schemas: {
      ...schemasOf(`${name}.commands`, aggregate.commands, 'input'),
      ...read.schemas,
      [componentName(name, 'Accepted')]: acceptedSchema(eventRef(name)),
    },
  };
}

export function sagaPart({ name, aggregate }: Saga): Part {
  const tag = `Saga ${name}`;
  const description = `State and events of \`${name}\`, as they are stored.`;
  return { tag: { name: tag, description }, ...readPart(aggregate, tag) };
}

function readPart(aggregate: Aggregate, tag: string): Pick<Part, 'paths' | 'schemas'> {
  const { name } = aggregate;
  return {
    paths: {
      [`/v1/aggregates/${name}/{id}`]: { get: stateOperation(name, tag) },
      [`/v1/streams/${name}/{id}`]: { get: eventsOperation(name, tag) },
      [`/v1/streams/${name}`]: { get: streamsOperation(name, tag) },
    },
    schemas: eventSchemas(aggregate),
  };
}

const ended = {
  const: true,
  description: 'The stream has ended with its newest event, and takes no command any more.',
} as const;

const streamAndVersion: Schemas = { stream: { type: 'string' }, version: { type: 'integer' } };

function stateOperation(aggregate: string, tag: string): Operation {
  return {
    operationId: `aggregates.${aggregate}`,
    tags: [tag],
    summary: `State of one ${aggregate}`,
    description: 'Now, or at one moment of the past. Read from the aggregate itself: never stale.',
    parameters: [
      parameterRef('AggregateId'),
      ...queryParameters(jsonSchema(momentInput, 'input')),
      parameterRef('KnownTag'),
    ],
    responses: {
      200: {
        description: 'The state, and the version it belongs to.',
        headers: { ETag: { description: 'The version.', schema: { type: 'string' } } },
        content: json(objectOf({ ...streamAndVersion, state: {} }, { ended })),
      },
      304: notModified,
      ...problems('invalid', 'unknown', 'too-large'),
    },
  };
}

function eventsOperation(aggregate: string, tag: string): Operation {
  return {
    operationId: `streams.${aggregate}.events`,
    tags: [tag],
    summary: `Events of one ${aggregate}`,
    description: `Read from the aggregate itself. A stream that does not exist has no events. A page ends at \`limit\`
events or at ${PAGE_BYTES_MAX / 1_000_000} MB; while there are more, the response has a \`Link\`.`,
    parameters: [parameterRef('AggregateId'), ...queryParameters(jsonSchema(eventsInput, 'input'))],
    responses: {
      200: {
        description: 'A page of events.',
        headers: {
          Link: {
            description: 'The next page, `rel="next"`. Absent at the end of the stream.',
            schema: { type: 'string' },
          },
        },
        content: json(
          objectOf({ stream: { type: 'string' }, events: arrayOf(eventRef(aggregate)) }, { ended }),
        ),
      },
      ...problems('invalid', 'unknown'),
    },
  };
}

function streamsOperation(aggregate: string, tag: string): Operation {
  return {
    operationId: `streams.${aggregate}`,
    tags: [tag],
    summary: `Known streams of ${aggregate}`,
    description:
      'The streams whose events have reached the read side, in the order of their names.',
    parameters: queryParameters(jsonSchema(streamsInput, 'input')),
    responses: { 200: pageOf('streams', objectOf(streamAndVersion)), ...problems('invalid') },
  };
}

/** The data of each event in its newest schema version, which is what every answer lifts it to. */
function eventSchemas({ name, events }: Aggregate): Schemas {
  const newest = Object.entries(events).map(([type, { schema }]) => [type, schema] as const);
  return {
    ...schemasOf(`${name}.events`, Object.fromEntries(newest), 'output'),
    [componentName(name, 'Event')]: {
      oneOf: Object.keys(events).map((type) => ({
        allOf: [
          schemaRef('StoredEvent'),
          objectOf({
            type: { type: 'string', const: type },
            data: eventDataRef(name, type),
          }),
        ],
      })),
    },
  };
}
