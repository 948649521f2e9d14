/** Describes a step of a command that an operator of the deployment runs over all tenants. */
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Operation } from './operation.ts';
import { OPERATIONS_TAG } from './operation-words.ts';
import { problems } from './problems.ts';

interface DescribedStep {
  readonly summary: string;
  readonly input: Parameters<typeof jsonSchema>[0];
  readonly answer: Parameters<typeof answerSchema>[0];
}

/** `command`: whose step it is. */
export function ofAllTenants(
  operationId: string,
  command: string,
  { summary, input, answer }: DescribedStep,
): Operation {
  return {
    operationId,
    tags: [OPERATIONS_TAG],
    summary,
    description: `Of all tenants: part of \`${command}\`.`,
    requestBody: { required: true, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'What there is.', content: json(answerSchema(answer)) },
      ...problems('invalid', 'too-large', 'unsupported-media-type'),
    },
  };
}
