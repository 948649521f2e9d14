/** Describes `POST /v1/verify`, `POST /v1/verify/checkpoints` and `POST /v1/sweep`. */

import {
  checkpointPage,
  sweptRound,
  verifiedPage,
} from '../../../core/operator-shapes/verification.ts';
import { checkpointsInput, sweepInput, verifyInput } from '../inputs/verification.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Paths } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

export const verificationPaths: Paths = {
  '/v1/verify': {
    post: {
      operationId: 'verify',
      tags: [OPERATIONS_TAG],
      summary: "Compare the journal with the objects' logs",
      description: 'A page at a time: send `after` of the answer until it says `done`.',
      requestBody: { required: true, content: json(jsonSchema(verifyInput, 'input')) },
      responses: {
        200: {
          description: 'What was found.',
          content: json(answerSchema(verifiedPage)),
        },
        ...problems('invalid', 'too-large', 'unsupported-media-type'),
      },
    },
  },
  '/v1/verify/checkpoints': {
    post: {
      operationId: 'verifyCheckpoints',
      tags: [OPERATIONS_TAG],
      summary: 'List the versions that the journal should have of each stream',
      description:
        'A page at a time: send `after` of the answer until it has none. Read after the pages of `POST /v1/verify`, and before those that follow their last one.',
      requestBody: { required: true, content: json(jsonSchema(checkpointsInput, 'input')) },
      responses: {
        200: {
          description: 'The next streams, in the order of their names.',
          content: json(answerSchema(checkpointPage)),
        },
        ...problems('invalid', 'too-large', 'unsupported-media-type'),
      },
    },
  },
  '/v1/sweep': {
    post: {
      operationId: 'sweep',
      tags: [OPERATIONS_TAG],
      summary: 'Find streams that D1 has less of than their object, and repair them',
      description:
        'What the cron does every minute: streams that are registered as undelivered, then the next streams in their order. In every database, or in the one that is named.',
      parameters: [parameterRef('Database')],
      requestBody: { required: true, content: json(jsonSchema(sweepInput, 'input')) },
      responses: {
        200: {
          description: 'What was found.',
          content: json(answerSchema(sweptRound)),
        },
        ...problems('invalid', 'unknown', 'too-large', 'unsupported-media-type'),
      },
    },
  },
};
