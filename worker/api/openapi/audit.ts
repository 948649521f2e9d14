/** Describes the audit trail. */
import { auditPage } from '../../../core/operator-shapes/audit.ts';
import { auditInput } from '../inputs/audit.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { type Operation, type Part, pageAnswer } from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Audit';

const list: Operation = {
  operationId: 'audit.list',
  tags: [tag],
  summary: 'The operations of a day, the newest first',
  description:
    'Each is recorded before it is done, and after; one without its `OperationDone` was interrupted. Of the tenant of the caller. Answered while D1 is down.',
  parameters: queryParameters(jsonSchema(auditInput, 'input')),
  responses: { 200: pageAnswer(answerSchema(auditPage)), ...problems('invalid') },
};

export const auditPart: Part = {
  tag: { name: tag, description: 'What operators and administrators did.' },
  paths: { '/v1/audit': { get: list } },
  schemas: {},
};
