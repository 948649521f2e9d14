/** Describes what operators do with sagas. */
import type { App } from '../../core/app.ts';
import { sagaStatuses } from '../../core/saga-events.ts';
import { sagaList } from '../../core/saga-list.ts';
import { type SagaOperation, sagaOperations } from '../inputs/saga-operations.ts';
import { jsonSchema } from './json-schema.ts';
import {
  arrayOf,
  json,
  type Operation,
  objectOf,
  type Parameter,
  type Part,
  type Schema,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { listOperation } from './queries.ts';
import { rowSchema } from './rows.ts';

const tag = 'Sagas';
const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };

const openEffect: Schema = objectOf({
  effect: text,
  awaits: {
    type: 'string',
    enum: ['outcome', 'retry', 'attention'],
    description:
      '`outcome`: it is on its way. `retry`: it was rejected and is sent again. `attention`: an operator decides, for the reason given.',
  },
  attempt: count,
  reason: { oneOf: [text, { type: 'null' }], description: 'Why it needs attention.' },
  command: objectOf({ aggregate: text, id: text, command: text, data: {} }),
});

const timelineEntry: Schema = objectOf({
  version: count,
  type: text,
  at: text,
  causationId: text,
  correlationId: text,
  data: {},
});

const saga: Schema = objectOf({
  saga: text,
  id: text,
  stream: text,
  version: count,
  definition: { ...count, description: 'The version of the definition that it goes by.' },
  status: { type: 'string', enum: [...sagaStatuses] },
  reason: { oneOf: [text, { type: 'null' }] },
  ended: { type: 'boolean' },
  state: {},
  open: arrayOf(openEffect),
  timeouts: { type: 'object', additionalProperties: text, description: 'When each is due.' },
  startsAfterEnd: {
    ...count,
    description: 'How many events would have started it after its end; counted up to 100.',
  },
  timeline: arrayOf(timelineEntry),
});

export function sagasPart({ sagas = [] }: App): Part {
  const { tables } = sagaList(sagas);
  const names = sagas.map((one) => one.name);
  const name: Parameter = {
    name: 'saga',
    in: 'path',
    required: true,
    schema: names.length === 0 ? text : { type: 'string', enum: names },
  };
  const parameters = [parameterRef('AggregateId'), name];
  return {
    tag: { name: tag, description: 'Where long-running processes stand, and how they go on.' },
    paths: {
      '/v1/sagas': {
        get: listOperation('sagas.list', 'List sagas', tables[0], rowSchema(tables[0]), tag),
      },
      '/v1/sagas/{saga}/{id}': {
        get: {
          operationId: 'sagas.get',
          tags: [tag],
          summary: 'Where a saga stands, and how it came there',
          parameters,
          responses: {
            200: {
              description: 'With its newest 1,000 events: what it heard, sent and was answered.',
              content: json(saga),
            },
            ...problems('unknown', 'too-large'),
          },
        },
      },
      ...Object.fromEntries(
        Object.entries(sagaOperations).map(([operation, described]) => [
          `/v1/sagas/{saga}/{id}/${operation}`,
          { post: sagaOperation(operation, described, parameters) },
        ]),
      ),
    },
    schemas: {},
  };
}

function sagaOperation(
  name: string,
  { summary, description, input }: SagaOperation,
  parameters: NonNullable<Operation['parameters']>,
): Operation {
  return {
    operationId: `sagas.${name}`,
    tags: [tag],
    summary,
    description: `${description} Recorded with who and why.`,
    parameters,
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'How it stands now.', content: json(saga) },
      ...problems('invalid', 'unknown', 'rejected', 'unavailable'),
      ...problems('too-large', 'unsupported-media-type'),
    },
  };
}
