/** Describes what administrators of the deployment do with the issuers of JWTs. */
import { refreshedIssuers } from '../../../core/operator-shapes/issuers.ts';
import { refreshIssuersInput } from '../inputs/issuers.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Operation, type Part } from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Issuers';

const refresh: Operation = {
  operationId: 'issuers.refresh',
  tags: [tag],
  summary: 'Fetch the keys of the issuers now',
  description:
    'For a key that was withdrawn: `effectiveBy` is when it lets nothing in any more. An administrator of the tenant `ledge` may call it.',
  requestBody: { required: true, content: json(jsonSchema(refreshIssuersInput, 'input')) },
  responses: {
    200: {
      description: 'What each issuer answered.',
      content: json(answerSchema(refreshedIssuers)),
    },
    ...problems('invalid', 'too-large', 'unsupported-media-type'),
  },
};

export const issuersPart: Part = {
  tag: { name: tag, description: 'Issuers of JWTs, for administrators of the deployment.' },
  paths: { '/v1/issuers/refresh': { post: refresh } },
  schemas: {},
};
