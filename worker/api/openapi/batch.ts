/** Describes `POST /v1/commands`: many commands of any aggregates in one request. */
import type { App } from '../../../core/app.ts';
import { batchLine } from '../../commands/batch-line.ts';
import { BATCH_COMMANDS_MAX, BATCH_STREAMS_MAX } from '../../commands/command-batch.ts';
import { acceptedSchema } from './commands.ts';
import { jsonSchema } from './json-schema.ts';
import { arrayOf, json, type Operation, type Part, type Schema } from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { commandRef, schemaRef } from './references.ts';

const tag = 'Batch';
const line = schemaRef('BatchLine');
const answer = schemaRef('BatchAnswer');

const batch: Operation = {
  operationId: 'commands.batch',
  tags: [tag],
  summary: 'Many commands',
  description: [
    'An array of commands, or one a line: an answer a line, in the same order, streamed.',
    'Commands of one stream are executed in their order; each has an outcome of its own.',
    `At most ${BATCH_COMMANDS_MAX} commands on ${BATCH_STREAMS_MAX} streams: the line after the last command has that problem, and ends the response.`,
    'An array takes 1 MiB like every other body; lines may be as many as the limit allows.',
    'Where many answers would take too much together, an accepted outcome has `eventsOmitted` instead of its events.',
  ].join(' '),
  parameters: [parameterRef('Traceparent')],
  requestBody: {
    required: true,
    content: { ...json(arrayOf(line)), 'application/x-ndjson': { schema: line } },
  },
  responses: {
    200: {
      description: 'For each command the response that it would have got alone.',
      content: { 'application/x-ndjson': { schema: answer } },
    },
    ...problems('invalid', 'too-large', 'unsupported-media-type'),
  },
};

export function batchPart(app: App): Part {
  return {
    tag: { name: tag, description: 'Many commands in one request.' },
    paths: { '/v1/commands': { post: batch } },
    schemas: {
      BatchLine: lineSchema(app),
      BatchAnswer: {
        description: 'Each with `status` and `outcome`.',
        anyOf: [acceptedSchema(schemaRef('StoredEvent')), schemaRef('Problem')],
      },
    },
  };
}

function lineSchema({ aggregates }: App): Schema {
  const any = jsonSchema(batchLine, 'input');
  const oneOf = aggregates.flatMap((aggregate) =>
    Object.keys(aggregate.commands).map((command) => ({
      ...any,
      properties: {
        ...any.properties,
        aggregate: { const: aggregate.name },
        command: { const: command },
        data: commandRef(aggregate.name, command),
      },
    })),
  );
  return { oneOf };
}
