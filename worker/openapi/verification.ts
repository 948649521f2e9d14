/** Describes `POST /v1/verify` and `POST /v1/sweep`. */
import { sweepInput, verifyInput } from '../inputs/verification.ts';
import { incident } from './incident-schema.ts';
import { jsonSchema } from './json-schema.ts';
import { arrayOf, json, objectOf, type Paths } from './operation.ts';
import { count, OPERATIONS_TAG, text } from './operation-words.ts';
import { problems } from './problems.ts';

const difference = objectOf({
  position: count,
  stream: text,
  version: count,
  what: {
    type: 'string',
    enum: [
      'not in the log',
      'differs from the log',
      'out of order in the journal',
      'missing from the journal',
      'a missing position',
    ],
  },
});

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
          content: json(
            objectOf({
              checked: count,
              differences: arrayOf(difference),
              after: count,
              done: { type: 'boolean' },
              undelivered: {
                ...arrayOf(incident),
                description:
                  'At the end of the walk: streams that objects have and the journal lacks.',
              },
            }),
          ),
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
        'What the cron does every minute: streams that are registered as undelivered, then the next streams in their order.',
      requestBody: { required: true, content: json(jsonSchema(sweepInput, 'input')) },
      responses: {
        200: {
          description: 'What was found.',
          content: json(
            objectOf({
              streams: count,
              behind: arrayOf(objectOf({ stream: text, version: count, head: count })),
              repaired: count,
              done: { type: 'boolean' },
            }),
          ),
        },
        ...problems('invalid', 'too-large', 'unsupported-media-type'),
      },
    },
  },
};
