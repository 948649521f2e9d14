/** Describes `/v1/actions…`. */
import { actionOperations } from '../../../core/action/action-operations.ts';
import { type App, allAggregates } from '../../../core/app.ts';
import { actionPage, actionStatus } from '../../../core/operator-shapes/action.ts';
import { actionOperationInput, actionsInput } from '../inputs/actions.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { json, type Operation, type Parameter, type Part, pageAnswer } from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const tag = 'Actions';

const status = answerSchema(actionStatus);

const described = {
  retry: {
    summary: 'Retry an action',
    description: `A parked action is attempted from the beginning, with the same idempotency key. Where the other system has
answered already, its commands are sent, and the handler is not called.`,
  },
  skip: {
    summary: 'Skip an action',
    description: `A parked action ends without a further attempt, and the next one of the stream begins. What would have
followed from it does not.`,
  },
} as const satisfies Record<(typeof actionOperations)[number], object>;

export function actionsPart(app: App): Part {
  const aggregate: Parameter = {
    name: 'aggregate',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: allAggregates(app).map(({ name }) => name) },
  };
  const parameters = [parameterRef('AggregateId'), aggregate];
  return {
    tag: {
      name: tag,
      description: 'What the app does outside of itself when an event is recorded.',
    },
    paths: {
      '/v1/actions/{aggregate}/{id}': { get: listOperation(parameters) },
      ...Object.fromEntries(
        actionOperations.map((name) => [
          `/v1/actions/{aggregate}/{id}/${name}`,
          { post: actionOperation(name, parameters) },
        ]),
      ),
    },
    schemas: {},
  };
}

type Parameters = NonNullable<Operation['parameters']>;

function listOperation(parameters: Parameters): Operation {
  return {
    operationId: 'actions.list',
    tags: [tag],
    summary: 'Actions of a stream that have not ended',
    description:
      'By action and version, read from the aggregate itself. An event that is not among them needs none, or its action has ended.',
    parameters: [...parameters, ...queryParameters(jsonSchema(actionsInput, 'input'))],
    responses: {
      200: pageAnswer(answerSchema(actionPage)),
      ...problems('invalid', 'unknown'),
    },
  };
}

function actionOperation(name: keyof typeof described, parameters: Parameters): Operation {
  return {
    operationId: `actions.${name}`,
    tags: [tag],
    ...described[name],
    parameters,
    requestBody: { required: true, content: json(jsonSchema(actionOperationInput, 'input')) },
    responses: {
      200: { description: 'The action now.', content: json(status) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}
