/** Describes what administrators do with API keys. */
import { apiKeyPage, apiKeyView, shownApiKey } from '../../../core/operator-shapes/api-key.ts';
import { issueKeyInput, keysInput, revokeKeyInput, rotateKeyInput } from '../inputs/keys.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import {
  json,
  type Operation,
  type Parameter,
  type Part,
  pageAnswer,
  replayedHeader,
} from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const tag = 'Keys';

const id: Parameter = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'As the list names it. It is no secret.',
  schema: { type: 'string' },
};

const list: Operation = {
  operationId: 'keys.list',
  tags: [tag],
  summary: 'API keys, the newest first',
  description:
    'An administrator of a tenant sees the keys of that tenant; a page may hold fewer than its limit. Answered while D1 is down.',
  parameters: queryParameters(jsonSchema(keysInput, 'input')),
  responses: { 200: pageAnswer(answerSchema(apiKeyPage)), ...problems('invalid') },
};

const issue: Operation = {
  operationId: 'keys.issue',
  tags: [tag],
  summary: 'Issue an API key',
  description:
    'The answer alone holds the key. An administrator of a tenant issues keys of that tenant, with no role that it lacks. A repeat under the same `Idempotency-Key` issues no second key and does not show the first again: revoke it if it was lost.',
  parameters: [parameterRef('IdempotencyKey')],
  requestBody: { required: true, content: json(jsonSchema(issueKeyInput, 'input')) },
  responses: {
    200: {
      description: 'A repeat: the key that was issued, without the key itself.',
      headers: { 'Idempotency-Replayed': replayedHeader },
      content: json(answerSchema(apiKeyView)),
    },
    201: { description: 'The key.', content: json(answerSchema(shownApiKey)) },
    ...problems('invalid', 'wrong-state', 'key-reused', 'too-large', 'unsupported-media-type'),
  },
};

const rotate: Operation = {
  operationId: 'keys.rotate',
  tags: [tag],
  summary: 'Give an API key a new secret',
  description:
    'The answer alone holds the new key. The old one works beside it until the grace period ends; the principal and the expiry stay.',
  parameters: [id],
  requestBody: { required: true, content: json(jsonSchema(rotateKeyInput, 'input')) },
  responses: {
    200: { description: 'The key.', content: json(answerSchema(shownApiKey)) },
    ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
  },
};

const revoke: Operation = {
  operationId: 'keys.revoke',
  tags: [tag],
  summary: 'Revoke an API key',
  description: 'Within ten seconds it lets nothing in, everywhere. It cannot be undone.',
  parameters: [id],
  requestBody: { required: true, content: json(jsonSchema(revokeKeyInput, 'input')) },
  responses: {
    200: { description: 'The key now.', content: json(answerSchema(apiKeyView)) },
    ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
  },
};

export const keysPart: Part = {
  tag: { name: tag, description: 'API keys, for administrators.' },
  paths: {
    '/v1/keys': { get: list, post: issue },
    '/v1/keys/{id}/rotate': { post: rotate },
    '/v1/keys/{id}/revoke': { post: revoke },
  },
  schemas: {},
};
