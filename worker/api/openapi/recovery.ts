/** Describes `/v1/recover/…`. */

import { type App, allAggregates } from '../../../core/app.ts';
import { streamRecovery } from '../../../core/operator-shapes/recovery.ts';
import { recoveryInput } from '../inputs/recovery.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Part } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

export function recoveryPaths(app: App): Part['paths'] {
  const aggregate = {
    name: 'aggregate',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: allAggregates(app).map(({ name }) => name) },
  } as const;
  return {
    '/v1/recover/{aggregate}/{id}': {
      post: {
        operationId: 'streams.recover',
        tags: [OPERATIONS_TAG],
        summary: 'Take back what a restored object has lost',
        description: `Of an object that the platform restored to an earlier time: it takes from the journal the events
that it had. Where it has executed commands since, nothing is overwritten, and the answer has both events.`,
        parameters: [parameterRef('AggregateId'), aggregate],
        requestBody: { required: true, content: json(jsonSchema(recoveryInput, 'input')) },
        responses: {
          200: { description: 'How far it is.', content: json(answerSchema(streamRecovery)) },
          ...problems('invalid', 'unknown', 'too-large', 'unsupported-media-type'),
        },
      },
    },
  };
}
