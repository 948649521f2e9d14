/** Describes the server's own routes: health, documents, and what its problems mean. */
import { catalogShape } from '../../../core/catalog/catalog-shape.ts';
import { PROBLEM_PATH, problemKinds } from '../../../core/protocol/problem.ts';

import { readinessCheck } from './incident-schema.ts';
import { answerSchema } from './json-schema.ts';
import {
  arrayOf,
  json,
  notModified,
  type Operation,
  objectOf,
  type Part,
  tagHeader,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const tag = 'Service';

const health: Operation = {
  operationId: 'health',
  tags: [tag],
  summary: 'Whether the server answers',
  description: 'The only operation that needs no credential.',
  responses: {
    200: {
      description: 'It does.',
      content: json(objectOf({ status: { type: 'string', const: 'ok' } })),
    },
  },
};

const ready: Operation = {
  operationId: 'ready',
  tags: [tag],
  summary: 'Whether events reach the read models',
  description:
    'The deep health check: D1, its room, its tables, the projections, incidents, dead letters and the dead-letter queue. 503 names each check that fails, with its cause and its remedy.',
  responses: {
    200: {
      description: 'They do.',
      content: json(
        objectOf({ status: { type: 'string', const: 'ready' }, checks: arrayOf(readinessCheck) }),
      ),
    },
    ...problems(),
  },
};

const me: Operation = {
  operationId: 'me',
  tags: [tag],
  summary: 'The caller',
  description:
    'The principal that the credential belongs to, its tenant, roles and claims, and what it may do.',
  responses: {
    200: {
      description: 'The principal.',
      content: json(
        objectOf({
          id: { type: 'string', description: 'The actor of what it causes.' },
          tenant: { type: 'string', description: 'Owns all that it reads and writes.' },
          roles: arrayOf({ type: 'string' }),
          claims: { type: 'object', description: 'What the access rules see of the credential.' },
          expiresAt: {
            type: ['string', 'null'],
            format: 'date-time',
            description: 'When the credential expires.',
          },
          may: {
            ...arrayOf({ type: 'string' }),
            description:
              'The names of the grants, as `needs` of a 403 has them: `command order/CancelOrder`, `read order`, `rows orders`, `journal order`, `publication shop`, `inspect sagas`, `operate sagas`, `backdate`, `personal`; and `operate deployment` for an operator of the deployment. A rule over the data, the state or the rows may still refuse. Without access rules: everything that the app has.',
          },
        }),
      ),
    },
    ...problems(),
  },
};

const openapi: Operation = {
  operationId: 'openapi',
  tags: [tag],
  summary: 'This document',
  parameters: [parameterRef('KnownTag')],
  responses: {
    200: {
      description: 'OpenAPI 3.1.',
      headers: { ETag: tagHeader },
      content: json({ type: 'object' }),
    },
    304: notModified,
    ...problems(),
  },
};

const asyncapi: Operation = {
  operationId: 'asyncapi',
  tags: [tag],
  summary: 'Publications, inbounds and live queries as messages',
  parameters: [parameterRef('KnownTag')],
  responses: {
    200: {
      description: 'AsyncAPI 3.1.',
      headers: { ETag: tagHeader },
      content: json({ type: 'object' }),
    },
    304: notModified,
    ...problems(),
  },
};

const catalog: Operation = {
  operationId: 'catalog',
  tags: [tag],
  summary: 'The catalog of the app',
  description: `Aggregates with their commands and events in all schema versions, projections, reactors, sagas, actions,
publications and inbounds: what each handles, and what it declares to send.`,
  parameters: [parameterRef('KnownTag')],
  responses: {
    200: {
      description: 'The catalog.',
      headers: { ETag: tagHeader },
      content: json(answerSchema(catalogShape)),
    },
    304: notModified,
    ...problems(),
  },
};

const problemPage: Operation = {
  operationId: 'problem',
  tags: [tag],
  summary: 'What a problem means',
  parameters: [
    {
      name: 'kind',
      in: 'path',
      required: true,
      schema: { type: 'string', enum: problemKinds().map(({ kind }) => kind) },
    },
  ],
  responses: {
    200: {
      description: 'Its status, its title and what to do.',
      content: { 'text/html': { schema: { type: 'string' } } },
    },
    ...problems('unknown'),
  },
};

export const servicePart: Part = {
  tag: { name: tag, description: 'The server itself: health, documents, problems.' },
  paths: {
    '/health': { get: health },
    '/ready': { get: ready },
    '/v1/me': { get: me },
    '/openapi.json': { get: openapi },
    '/asyncapi.json': { get: asyncapi },
    '/catalog.json': { get: catalog },
    [`${PROBLEM_PATH}{kind}`]: { get: problemPage },
  },
  schemas: {},
};
