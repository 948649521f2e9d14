/** Describes `/v1/incidents`. */

import { incidentPage } from '../../../core/failures/incident-shapes.ts';
import { incidentsInput } from '../inputs/incidents.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { type Paths, pageAnswer } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { problems } from './problems.ts';

export const incidentPaths: Paths = {
  '/v1/incidents': {
    get: {
      operationId: 'incidents.list',
      tags: [OPERATIONS_TAG],
      summary: 'Streams with undelivered events, and timers that cannot fire',
      description:
        'Each with its cause and its remedy. Kept outside of D1, so it is answered while D1 is down.',
      parameters: queryParameters(jsonSchema(incidentsInput, 'input')),
      responses: { 200: pageAnswer(answerSchema(incidentPage)), ...problems('invalid') },
    },
  },
};
