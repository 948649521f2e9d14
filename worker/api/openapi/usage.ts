/** Describes `/v1/usage`. */
import { usageDay } from '../../../core/operator-shapes/usage.ts';
import { usageInput } from '../inputs/usage.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { json, type Paths } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { problems } from './problems.ts';

export const usagePaths: Paths = {
  '/v1/usage': {
    get: {
      operationId: 'usage.get',
      tags: [OPERATIONS_TAG],
      summary: 'What the tenant has used in a day',
      description:
        'Commands, new streams and rows read, where a quota counts them, and the principals that have used most. Leases are counted when they are taken: at least what was used, and at most twice that. Answered while D1 is down.',
      parameters: queryParameters(jsonSchema(usageInput, 'input')),
      responses: {
        200: { description: 'The usage of the day.', content: json(answerSchema(usageDay)) },
        ...problems('invalid'),
      },
    },
  },
};
