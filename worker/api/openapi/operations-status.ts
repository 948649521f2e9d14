/** Describes `/v1/status` and `/v1/metrics`. */
import { operationsStatus } from '../../../core/operator-shapes/operations-status.ts';
import { answerSchema } from './json-schema.ts';
import { json, type Paths } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { problems } from './problems.ts';

export const operationsStatusPaths: Paths = {
  '/v1/status': {
    get: {
      operationId: 'operations.status',
      tags: [OPERATIONS_TAG],
      summary: 'Where the deployment is',
      description:
        'Sizes and days until full, backlogs, lags, undelivered events, alerts. What could not be read is listed, and its figures are missing.',
      responses: {
        200: { description: 'What could be read.', content: json(answerSchema(operationsStatus)) },
        ...problems(),
      },
    },
  },
  '/v1/metrics': {
    get: {
      operationId: 'operations.metrics',
      tags: [OPERATIONS_TAG],
      summary: 'The same for a scraper',
      description: 'OpenMetrics 1.0. What is not known has no sample.',
      responses: {
        200: {
          description: 'OpenMetrics.',
          content: { 'application/openmetrics-text': { schema: { type: 'string' } } },
        },
        ...problems(),
      },
    },
  },
};
