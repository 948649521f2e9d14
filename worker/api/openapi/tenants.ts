/** Describes what administrators do with tenants. */
import { IDENTIFIER_RULE } from '../../../core/aggregate/stream.ts';
import { erasureProgress, tenantPage, tenantView } from '../../../core/operator-shapes/tenant.ts';
import {
  eraseInput,
  provisionInput,
  type TenantOperation,
  tenantOperations,
  tenantsInput,
} from '../inputs/tenants.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { json, type Operation, type Parameter, type Part, pageAnswer } from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Tenants';

const tenant: Parameter = {
  name: 'tenant',
  in: 'path',
  required: true,
  description: `The tenant's name: ${IDENTIFIER_RULE}.`,
  schema: { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,128}$' },
  example: 'acme',
};

const view = { content: json(answerSchema(tenantView)) };

const list: Operation = {
  operationId: 'tenants.list',
  tags: [tag],
  summary: 'Tenants, the newest first',
  description: 'For administrators of the deployment. Answered while D1 is down.',
  parameters: queryParameters(jsonSchema(tenantsInput, 'input')),
  responses: { 200: pageAnswer(answerSchema(tenantPage)), ...problems('invalid') },
};

const provision: Operation = {
  operationId: 'tenants.provision',
  tags: [tag],
  summary: 'Provision a tenant',
  description:
    'From then on its credentials are accepted, and keys can be issued in it. A repeat changes nothing.',
  requestBody: { required: true, content: json(jsonSchema(provisionInput, 'input')) },
  responses: {
    201: { description: 'The tenant.', ...view },
    ...problems('invalid', 'rejected', 'too-large', 'unsupported-media-type'),
  },
};

const show: Operation = {
  operationId: 'tenants.get',
  tags: [tag],
  summary: 'A tenant',
  description: 'An administrator of a tenant sees its own.',
  parameters: [tenant],
  responses: { 200: { description: 'The tenant now.', ...view }, ...problems('unknown') },
};

const erase: Operation = {
  operationId: 'tenants.erase',
  tags: [tag],
  summary: 'Erase a tenant now',
  description:
    'A part of its erasure, once that is due: repeated until `done`. The cron does the same by itself. What is deleted is counted; the positions of its events stay in the journal, without content.',
  parameters: [tenant],
  requestBody: { required: true, content: json(jsonSchema(eraseInput, 'input')) },
  responses: {
    200: { description: 'What is erased so far.', content: json(answerSchema(erasureProgress)) },
    ...problems('invalid', 'unknown', 'rejected', 'too-large', 'unsupported-media-type'),
  },
};

function operationOf(name: string, { summary, description, input }: TenantOperation): Operation {
  return {
    operationId: `tenants.${name}`,
    tags: [tag],
    summary,
    description: `${description} Recorded with the administrator and the reason.`,
    parameters: [tenant],
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'The tenant now.', ...view },
      ...problems('invalid', 'unknown', 'rejected', 'too-large', 'unsupported-media-type'),
    },
  };
}

export const tenantsPart: Part = {
  tag: { name: tag, description: 'Tenants, for administrators of the deployment.' },
  paths: {
    '/v1/tenants': { get: list, post: provision },
    '/v1/tenants/{tenant}': { get: show },
    '/v1/tenants/{tenant}/erase': { post: erase },
    ...Object.fromEntries(
      Object.entries(tenantOperations).map(([name, operation]) => [
        `/v1/tenants/{tenant}/${name}`,
        { post: operationOf(name, operation) },
      ]),
    ),
  },
  schemas: {},
};
