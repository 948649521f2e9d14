/** Describes what is done with the subjects of personal data. */
import { IDENTIFIER_RULE } from '../../../core/aggregate/stream.ts';
import { subjectView, verifiedReceipt } from '../../../core/operator-shapes/subject.ts';
import { subjectExportPage } from '../../../core/operator-shapes/subject-export.ts';
import {
  exportSubjectInput,
  type SubjectOperation,
  subjectOperationInput,
  subjectOperations,
  verifyReceiptInput,
} from '../inputs/subjects.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Operation, type Parameter, type Part } from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Subjects';

const subject: Parameter = {
  name: 'subject',
  in: 'path',
  required: true,
  description: `As the field beside its personal fields names it: ${IDENTIFIER_RULE}.`,
  schema: { type: 'string', pattern: '^[A-Za-z0-9._~-]{1,128}$' },
  example: 'c-1',
};

const view = { content: json(answerSchema(subjectView)) };

const show: Operation = {
  operationId: 'subjects.get',
  tags: [tag],
  summary: 'A subject, and the receipt of its forgetting',
  description: 'What is recorded of it, and what is read back now. It shows no personal data.',
  parameters: [subject],
  responses: { 200: { description: 'The subject now.', ...view }, ...problems('unknown') },
};

const verify: Operation = {
  operationId: 'subjects.verify-receipt',
  tags: [tag],
  summary: 'Verify a receipt',
  description:
    'Whether this deployment has signed it for this subject, by LEDGE_SECRET or the one before.',
  parameters: [subject],
  requestBody: { required: true, content: json(jsonSchema(verifyReceiptInput, 'input')) },
  responses: {
    200: { description: 'The receipt.', content: json(answerSchema(verifiedReceipt)) },
    ...problems('invalid', 'too-large', 'unsupported-media-type'),
  },
};

const exportSubject: Operation = {
  operationId: 'subjects.export',
  tags: [tag],
  summary: 'Export what there is about a subject',
  description:
    'To answer a request for access: events, then rows with personal fields of the subject, opened, a page at a time. Needs the grant `personal`, too. A page examines a part and may be empty; follow `cursor`. Recorded with the principal and the reason.',
  parameters: [subject],
  requestBody: { required: true, content: json(jsonSchema(exportSubjectInput, 'input')) },
  responses: {
    200: { description: 'A page.', content: json(answerSchema(subjectExportPage)) },
    ...problems('invalid', 'unknown', 'wrong-state', 'restored', 'damaged', 'too-large'),
    ...problems('unsupported-media-type'),
  },
};

function operationOf(name: string, { summary, description }: SubjectOperation): Operation {
  return {
    operationId: `subjects.${name}`,
    tags: [tag],
    summary,
    description: `${description} Recorded with the principal and the reason.`,
    parameters: [subject],
    requestBody: { required: true, content: json(jsonSchema(subjectOperationInput, 'input')) },
    responses: {
      200: { description: 'The subject now.', ...view },
      ...problems('invalid', 'unknown', 'rejected', 'wrong-state', 'too-large'),
      ...problems('unsupported-media-type'),
    },
  };
}

export const subjectsPart: Part = {
  tag: { name: tag, description: 'The persons whose personal fields are sealed.' },
  paths: {
    '/v1/subjects/{subject}': { get: show },
    '/v1/subjects/{subject}/export': { post: exportSubject },
    '/v1/subjects/{subject}/verify-receipt': { post: verify },
    ...Object.fromEntries(
      Object.entries(subjectOperations).map(([name, operation]) => [
        `/v1/subjects/{subject}/${name}`,
        { post: operationOf(name, operation) },
      ]),
    ),
  },
  schemas: {},
};
