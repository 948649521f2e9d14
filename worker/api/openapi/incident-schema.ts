/** Describes incidents and health checks, where answers and problems hold them. */
import { knownIncident } from '../../../core/failures/incident-shapes.ts';
import { answerSchema } from './json-schema.ts';
import { objectOf, type Schema } from './operation.ts';
import { text } from './operation-words.ts';

export const incident: Schema = answerSchema(knownIncident);

export const readinessCheck: Schema = objectOf(
  { name: text, ok: { type: 'boolean' } },
  { database: text, cause: text, remedy: text },
);
