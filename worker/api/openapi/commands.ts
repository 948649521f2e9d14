/** Describes `POST /v1/commands/{aggregate}/{id}/{command}`: an operation for every command of an aggregate. */
import type { Aggregate } from '../../../core/aggregate/aggregate.ts';
import {
  arrayOf,
  type Header,
  json,
  type Operation,
  objectOf,
  type Paths,
  replayedHeader,
  type Schema,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { commandRef, schemaRef } from './references.ts';

export function commandPaths(aggregate: Aggregate, tag: string): Paths {
  return Object.fromEntries(
    Object.keys(aggregate.commands).map((command) => [
      `/v1/commands/${aggregate.name}/{id}/${encodeURIComponent(command)}`,
      { post: commandOperation(aggregate.name, command, tag) },
    ]),
  );
}

function commandOperation(aggregate: string, command: string, tag: string): Operation {
  return {
    operationId: `commands.${aggregate}.${command}`,
    tags: [tag],
    summary: command,
    parameters: [
      parameterRef('AggregateId'),
      parameterRef('IdempotencyKey'),
      parameterRef('IfMatch'),
      parameterRef('IfNoneMatch'),
      parameterRef('OccurredAt'),
      parameterRef('Traceparent'),
    ],
    requestBody: {
      required: true,
      content: json(commandRef(aggregate, command)),
    },
    responses: {
      200: {
        description: 'Accepted: the events are in the log.',
        headers: acceptedHeaders,
        content: json(schemaRef(aggregate, 'Accepted')),
      },
      ...problems(
        'invalid',
        'unknown',
        'rejected',
        'conflict',
        'too-large',
        'unsupported-media-type',
        'key-reused',
        'unavailable',
      ),
    },
  };
}

const acceptedHeaders: Readonly<Record<string, Header>> = {
  ETag: { description: "The stream's version after the command.", schema: { type: 'string' } },
  'Consistency-Token': {
    description: 'Send it as `Consistent-With` and a query includes this command.',
    schema: { type: 'string' },
  },
  'Idempotency-Replayed': replayedHeader,
};

/** `event` is the schema of the events that the command may have made. */
export function acceptedSchema(event: Schema): Schema {
  return objectOf(
    {
      outcome: { type: 'string', const: 'accepted' },
      stream: { type: 'string' },
      version: { type: 'integer', description: "The stream's version after the command." },
      events: arrayOf(event),
      token: { type: 'string', description: 'The same as the header `Consistency-Token`.' },
    },
    {
      replayed: { type: 'boolean', const: true },
      eventsOmitted: {
        type: 'integer',
        description:
          'How many events the answer had no room for. `events` is empty then; the stream has them, up to `version`.',
      },
    },
  );
}
