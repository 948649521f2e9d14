/** Describes `/v1/projections…`. */
import { type ProjectionOperation, projectionOperations } from '../inputs/projection-operations.ts';
import { undelivered } from './incident-schema.ts';
import { jsonSchema } from './json-schema.ts';
import {
  arrayOf,
  json,
  type Operation,
  objectOf,
  type Parameter,
  type Paths,
  type Schema,
} from './operation.ts';
import { count, OPERATIONS_TAG, orNull, text } from './operation-words.ts';
import { problems } from './problems.ts';

const lag: Schema = {
  ...objectOf({ events: count, seconds: count }),
  description: 'Events that its rows lack, and the age of the oldest of them.',
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
  lag: {
    ...lag,
    description: `${lag.description} Undelivered events of the streams that it follows included; those of each generation are relative to the journal.`,
  },
  undelivered: {
    ...count,
    description: 'Events that objects have and the journal lacks, at least.',
  },
  parked: count,
  lastError: orNull(text),
  generations: arrayOf(generation),
});

const database = objectOf({
  bytes: {
    ...orNull(count),
    description: 'How large the database is; null where that is not known.',
  },
  limitBytes: count,
  warning: { ...orNull(text), description: 'From 70 % of the limit on.' },
});

const projectionName: Parameter = { name: 'name', in: 'path', required: true, schema: text };

export const projectionPaths: Paths = {
  '/v1/projections': {
    get: {
      operationId: 'projections.list',
      tags: [OPERATIONS_TAG],
      summary: 'How the projections stand',
      responses: {
        200: {
          description: 'All of them, also those that only the database knows.',
          content: json(objectOf({ projections: arrayOf(projection), undelivered, database })),
        },
        ...problems(),
      },
    },
  },
  '/v1/projections/{name}': {
    get: {
      operationId: 'projections.get',
      tags: [OPERATIONS_TAG],
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
    tags: [OPERATIONS_TAG],
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
