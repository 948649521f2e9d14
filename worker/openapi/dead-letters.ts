/** Describes `/v1/dead-letters…`. */
import { deadLetterStatuses } from '../../core/dead-letter.ts';
import { deadLettersInput, discardInput, redriveInput } from '../inputs/dead-letters.ts';
import { undelivered } from './incident-schema.ts';
import { jsonSchema, queryParameters } from './json-schema.ts';
import { json, objectOf, type Parameter, type Paths, pageOf, type Schema } from './operation.ts';
import { count, OPERATIONS_TAG, orNull, text } from './operation-words.ts';
import { problems } from './problems.ts';

const deadLetterMembers = {
  id: text,
  generation: {
    ...text,
    description: 'Whose: a projection and its version. Empty where the delivery failed as a whole.',
  },
  stream: text,
  version: count,
  type: text,
  error: text,
  attempts: count,
  status: { type: 'string', enum: [...deadLetterStatuses] },
  parkedAt: text,
  resolvedAt: orNull(text),
  actor: orNull(text),
  reason: orNull(text),
} as const satisfies Record<string, Schema>;

const deadLetter: Schema = objectOf(deadLetterMembers);

const wholeDeadLetter: Schema = objectOf(
  { ...deadLetterMembers, stack: text, event: {} },
  {
    upcast: {
      ...objectOf({ schemaVersion: { type: 'integer' }, data: {} }),
      description: 'The event in the newest schema version that the code knows.',
    },
    unreadable: { ...text, description: 'Why it has none.' },
  },
);

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
        200: pageOf('deadLetters', deadLetter, { undelivered }),
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
          content: json(
            objectOf(
              { tried: count, parkedAgain: count, more: { type: 'boolean' } },
              { after: { ...text, description: 'Send it to go on with those behind.' } },
            ),
          ),
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
        200: { description: 'All about it.', content: json(wholeDeadLetter) },
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
        200: { description: 'What became of it.', content: json(deadLetter) },
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
        200: { description: 'What became of it.', content: json(deadLetter) },
        ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
      },
    },
  },
};
