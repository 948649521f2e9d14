/** Describes `/v1/dead-letters…`. */

import {
  deadLetter,
  deadLetterPage,
  redriven,
  wholeDeadLetter,
} from '../../../core/operator-shapes/dead-letter.ts';
import { deadLettersInput, discardInput, redriveInput } from '../inputs/dead-letters.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { json, type Parameter, type Paths, pageAnswer } from './operation.ts';
import { OPERATIONS_TAG, text } from './operation-words.ts';
import { problems } from './problems.ts';

const deadLetterId: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'Percent-encoded: it holds slashes.',
  schema: text,
  example: 'orders@2%2Forder%2Fo-1@7',
};

export const deadLetterPaths: Paths = {
  '/v1/dead-letters': {
    get: {
      operationId: 'deadLetters.list',
      tags: [OPERATIONS_TAG],
      summary: 'Dead letters',
      parameters: queryParameters(jsonSchema(deadLettersInput, 'input')),
      responses: {
        200: pageAnswer(answerSchema(deadLetterPage)),
        ...problems('invalid'),
      },
    },
  },
  '/v1/redrive': {
    post: {
      operationId: 'deadLetters.redriveAll',
      tags: [OPERATIONS_TAG],
      summary: 'Try parked dead letters again',
      description: 'Those that match all that is given, up to 1,000 at once, each stream in order.',
      requestBody: { required: true, content: json(jsonSchema(redriveInput, 'input')) },
      responses: {
        200: {
          description: 'How many were tried, and how many failed again.',
          content: json(answerSchema(redriven)),
        },
        ...problems('invalid', 'too-large', 'unsupported-media-type'),
      },
    },
  },
  '/v1/dead-letters/{id}': {
    get: {
      operationId: 'deadLetters.get',
      tags: [OPERATIONS_TAG],
      summary: 'One dead letter, with its event and its stack',
      parameters: [deadLetterId],
      responses: {
        200: { description: 'All about it.', content: json(answerSchema(wholeDeadLetter)) },
        ...problems('unknown'),
      },
    },
  },
  '/v1/dead-letters/{id}/redrive': {
    post: {
      operationId: 'deadLetters.redrive',
      tags: [OPERATIONS_TAG],
      summary: 'Try one again',
      parameters: [deadLetterId],
      requestBody: { required: true, content: json({ type: 'object', maxProperties: 0 }) },
      responses: {
        200: { description: 'What became of it.', content: json(answerSchema(deadLetter)) },
        ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
      },
    },
  },
  '/v1/dead-letters/{id}/discard': {
    post: {
      operationId: 'deadLetters.discard',
      tags: [OPERATIONS_TAG],
      summary: 'Leave the event out, for a reason that is recorded',
      parameters: [deadLetterId],
      requestBody: { required: true, content: json(jsonSchema(discardInput, 'input')) },
      responses: {
        200: { description: 'What became of it.', content: json(answerSchema(deadLetter)) },
        ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
      },
    },
  },
};
