/** Describes `/v1/projections…`. */

import {
  projectionList,
  projectionStatus,
} from '../../../core/operator-shapes/projection-status.ts';
import type { ProjectionOperation } from '../inputs/projection-operations.ts';
import { projectionOperations } from '../inputs/projection-operations.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Operation, type Parameter, type Paths } from './operation.ts';
import { OPERATIONS_TAG, text } from './operation-words.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const IN_ALL = 'In every database, or in the one that is named.';

const projection = answerSchema(projectionStatus);

const projectionName: Parameter = { name: 'name', in: 'path', required: true, schema: text };

export const projectionPaths: Paths = {
  '/v1/projections': {
    get: {
      operationId: 'projections.list',
      tags: [OPERATIONS_TAG],
      summary: 'State of all projections',
      description: IN_ALL,
      parameters: [parameterRef('Database')],
      responses: {
        200: {
          description: 'All of them, also those that only the database knows.',
          content: json(answerSchema(projectionList)),
        },
        ...problems('invalid', 'unknown'),
      },
    },
  },
  '/v1/projections/{name}': {
    get: {
      operationId: 'projections.get',
      tags: [OPERATIONS_TAG],
      summary: 'State of one projection',
      description: IN_ALL,
      parameters: [projectionName, parameterRef('Database')],
      responses: {
        200: { description: 'Its versions and builds.', content: json(projection) },
        ...problems('invalid', 'unknown'),
      },
    },
  },
  ...Object.fromEntries(
    Object.entries(projectionOperations).map(([name, operation]) => [
      `/v1/projections/{name}/${name}`,
      { post: projectionOperation(name, operation) },
    ]),
  ),
};

function projectionOperation(
  name: string,
  { summary, description, input }: ProjectionOperation,
): Operation {
  return {
    operationId: `projections.${name}`,
    tags: [OPERATIONS_TAG],
    summary,
    description: `${description} ${IN_ALL}`,
    parameters: [projectionName, parameterRef('Database')],
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'Its state now.', content: json(projection) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}
