/** Describes what operators do with sagas. */

import type { App } from '../../../core/app.ts';
import { wholeSaga } from '../../../core/operator-shapes/saga.ts';
import { sagaList } from '../../../core/process/saga-list.ts';
import type { SagaOperation } from '../inputs/saga-operations.ts';
import { sagaOperations } from '../inputs/saga-operations.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Operation, type Parameter, type Part, type Schema } from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';
import { listOperation } from './queries.ts';
import { rowSchema } from './rows.ts';

const tag = 'Sagas';
const text: Schema = { type: 'string' };

const saga = answerSchema(wholeSaga);

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
    tag: {
      name: tag,
      description: 'The states of long-running processes, and operations on them.',
    },
    paths: {
      '/v1/sagas': {
        get: listOperation('sagas.list', 'List sagas', tables[0], rowSchema(tables[0]), tag),
      },
      '/v1/sagas/{saga}/{id}': {
        get: {
          operationId: 'sagas.get',
          tags: [tag],
          summary: 'The state of a saga, and its timeline',
          parameters,
          responses: {
            200: {
              description:
                'With its newest 1,000 events: what it received, sent and got as outcomes.',
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
    description: `${description} Recorded with operator and reason.`,
    parameters,
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'Its state now.', content: json(saga) },
      ...problems('invalid', 'unknown', 'rejected', 'unavailable'),
      ...problems('too-large', 'unsupported-media-type'),
    },
  };
}
