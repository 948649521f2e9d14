/** Describes `POST /v1/simulate/{aggregate}/{id}`: the aggregate's own commands and events as steps to try. */
import type { Aggregate } from '../../../core/aggregate/aggregate.ts';
import { PAGE_BYTES_MAX } from '../../../core/values/bytes.ts';
import { momentInput } from '../../http/moment-input.ts';
import { simulateInput, simulateQuery } from '../inputs/simulate.ts';
import { jsonSchema, queryParameters } from './json-schema.ts';
import { arrayOf, json, type Operation, objectOf, type Schema } from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { commandRef, eventDataRef } from './references.ts';

export function simulateOperation(aggregate: Aggregate, tag: string): Operation {
  return {
    operationId: `simulate.${aggregate.name}`,
    tags: [tag],
    summary: `What if, on one ${aggregate.name}`,
    description: [
      'Plays steps on the state of now, or of a moment in the past: facts that are assumed, and commands that the domain decides on. Nothing is stored.',
      `Events end at ${PAGE_BYTES_MAX / 1_000_000} MB: later steps have \`eventsOmitted\` instead.`,
    ].join(' '),
    parameters: [
      parameterRef('AggregateId'),
      ...queryParameters(jsonSchema(simulateQuery, 'input')),
    ],
    requestBody: { required: true, content: json(inputSchema(aggregate)) },
    responses: {
      200: { description: 'What each step would do.', content: json(playedSchema) },
      ...problems('invalid', 'unknown', 'too-large', 'unsupported-media-type'),
    },
  };
}

function inputSchema({ name, commands, events }: Aggregate): Schema {
  const input = jsonSchema(simulateInput, 'input');
  const steps = [
    ...Object.keys(commands).map((command) =>
      objectOf({
        command: { type: 'string', const: command },
        data: commandRef(name, command),
      }),
    ),
    ...Object.keys(events).map((type) =>
      objectOf({
        event: objectOf({
          type: { type: 'string', const: type },
          data: eventDataRef(name, type),
        }),
      }),
    ),
  ];
  const from: Schema = { ...jsonSchema(momentInput, 'input'), maxProperties: 1, examples: [{}] };
  const { maxItems } = simulateInput.shape.steps.toJSONSchema();
  return {
    ...input,
    properties: { from, steps: { ...arrayOf({ oneOf: steps }), ...(maxItems && { maxItems }) } },
  };
}

const playedSchema: Schema = objectOf({
  stream: { type: 'string' },
  from: { type: 'integer', description: 'The version that the steps were played on.' },
  steps: arrayOf(
    objectOf(
      {
        outcome: {
          type: 'string',
          enum: ['assumed', 'accepted', 'rejected', 'refused'],
          description: '`refused`: the domain accepts, but its events are too large to be stored.',
        },
        events: arrayOf(objectOf({ type: { type: 'string' }, data: {} })),
        version: { type: 'integer' },
      },
      {
        state: { description: 'After the last step; with `states=all` after each.' },
        reason: { type: 'string' },
        details: {},
        eventsOmitted: {
          type: 'integer',
          description: `How many events are left out: the answer ends at ${PAGE_BYTES_MAX / 1_000_000} MB.`,
        },
      },
    ),
  ),
});
