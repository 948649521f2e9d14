/** Describes what operators do: projections, dead letters, verification. */
import { deadLetterStatuses } from '../../core/dead-letter.ts';
import { deadLettersInput, discardInput, redriveInput } from '../routes/dead-letters.ts';
import { type ProjectionOperation, projectionOperations } from '../routes/projections.ts';
import { sweepInput, verifyInput } from '../routes/verification.ts';
import { jsonSchema, queryParameters } from './json-schema.ts';
import {
  arrayOf,
  json,
  type Operation,
  objectOf,
  type Parameter,
  type Part,
  type Paths,
  pageOf,
  type Schema,
} from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Operations';
const text: Schema = { type: 'string' };
const count: Schema = { type: 'integer', minimum: 0 };
const orNull = (schema: Schema): Schema => ({ oneOf: [schema, { type: 'null' }] });

const lag: Schema = {
  ...objectOf({ events: count, seconds: count }),
  description: 'Events of the journal that its rows lack, and the age of the oldest of them.',
};

const build: Schema = {
  ...objectOf({
    done: count,
    total: count,
    startedAt: text,
    eventsPerSecond: { type: 'integer' },
    secondsLeft: orNull(count),
  }),
  description: 'While it is out of step. Counted in events of the journal.',
};

const report = arrayOf(
  objectOf({ table: text, rows: count, onlyLive: count, onlyRecomputed: count }),
);

const generation: Schema = objectOf(
  {
    version: { type: 'integer' },
    purpose: { type: 'string', enum: ['live', 'rebuild', 'verify'] },
    state: {
      type: 'string',
      enum: ['in-step', 'following', 'paused', 'standing', 'stopped', 'done'],
    },
    serving: { type: 'boolean' },
    parked: count,
    lag,
    reason: orNull(text),
    changedAt: text,
  },
  { build, report },
);

const projection: Schema = objectOf({
  name: text,
  version: orNull({ type: 'integer' }),
  serving: orNull({ type: 'integer' }),
  state: {
    type: 'string',
    enum: ['live', 'rebuilding', 'building', 'paused', 'stopped', 'standing'],
  },
  lag,
  parked: count,
  lastError: orNull(text),
  generations: arrayOf(generation),
});

const projectionName: Parameter = { name: 'name', in: 'path', required: true, schema: text };

const projectionPaths: Paths = {
  '/v1/projections': {
    get: {
      operationId: 'projections.list',
      tags: [tag],
      summary: 'How the projections stand',
      responses: {
        200: {
          description: 'All of them, also those that only the database knows.',
          content: json(objectOf({ projections: arrayOf(projection) })),
        },
        ...problems(),
      },
    },
  },
  '/v1/projections/{name}': {
    get: {
      operationId: 'projections.get',
      tags: [tag],
      summary: 'How one projection stands',
      parameters: [projectionName],
      responses: {
        200: { description: 'Its versions and builds.', content: json(projection) },
        ...problems('unknown'),
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
    tags: [tag],
    summary,
    description,
    parameters: [projectionName],
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'How it stands now.', content: json(projection) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}

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

const deadLetterPaths: Paths = {
  '/v1/dead-letters': {
    get: {
      operationId: 'deadLetters.list',
      tags: [tag],
      summary: 'Dead letters',
      parameters: queryParameters(jsonSchema(deadLettersInput, 'input')),
      responses: { 200: pageOf('deadLetters', deadLetter), ...problems('invalid') },
    },
  },
  '/v1/dead-letters/redrive': {
    post: {
      operationId: 'deadLetters.redriveAll',
      tags: [tag],
      summary: 'Try parked dead letters again',
      description: 'Those that match all that is given, up to 1,000 at once, each stream in order.',
      requestBody: { required: true, content: json(jsonSchema(redriveInput, 'input')) },
      responses: {
        200: {
          description: 'How many were tried, and how many failed again.',
          content: json(objectOf({ tried: count, parkedAgain: count, more: { type: 'boolean' } })),
        },
        ...problems('invalid', 'too-large', 'unsupported-media-type'),
      },
    },
  },
  '/v1/dead-letters/{id}': {
    get: {
      operationId: 'deadLetters.get',
      tags: [tag],
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
      tags: [tag],
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
      tags: [tag],
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

const difference = objectOf({
  position: count,
  stream: text,
  version: count,
  what: {
    type: 'string',
    enum: ['not in the log', 'differs from the log', 'out of order in the journal'],
  },
});

const verificationPaths: Paths = {
  '/v1/verify': {
    post: {
      operationId: 'verify',
      tags: [tag],
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
      tags: [tag],
      summary: 'Find streams that D1 has less of than their object, and repair them',
      description: 'What the cron does every minute: the next streams in their order.',
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

export const operationsPart: Part = {
  tag: { name: tag, description: 'Projections, their builds and their dead letters.' },
  paths: { ...projectionPaths, ...deadLetterPaths, ...verificationPaths },
  schemas: {},
};
