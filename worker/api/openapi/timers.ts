/** Describes `/v1/timers…`. */

import { timerOperations } from '../../../core/aggregate/timer-operations.ts';
import { type App, allAggregates } from '../../../core/app.ts';
import { timerPage, timerStatus } from '../../../core/operator-shapes/timer.ts';
import { timerOperationInput, timersInput } from '../inputs/timers.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { json, type Operation, type Parameter, type Part, pageAnswer } from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

const tag = 'Timers';

const timer = answerSchema(timerStatus);

const described = {
  retry: {
    summary: 'Retry a timer',
    description: `A timer that is parked or cancelled is scheduled again for its time; a time that has passed means at
once. A timer whose command has thrown is retried at once.`,
  },
  cancel: {
    summary: 'Cancel a timer',
    description: `It does not fire any more. It is kept with the reason until it is retried, or until the aggregate sets
or cancels it.`,
  },
} as const satisfies Record<(typeof timerOperations)[number], object>;

export function timersPart(app: App): Part {
  const aggregate: Parameter = {
    name: 'aggregate',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: allAggregates(app).map(({ name }) => name) },
  };
  const parameters = [parameterRef('AggregateId'), aggregate];
  return {
    tag: { name: tag, description: 'Commands that a stream sends itself later.' },
    paths: {
      '/v1/timers/{aggregate}/{id}': { get: listOperation(parameters) },
      ...Object.fromEntries(
        timerOperations.map((name) => [
          `/v1/timers/{aggregate}/{id}/${name}`,
          { post: timerOperation(name, parameters) },
        ]),
      ),
    },
    schemas: {},
  };
}

type Parameters = NonNullable<Operation['parameters']>;

function listOperation(parameters: Parameters): Operation {
  return {
    operationId: 'timers.list',
    tags: [tag],
    summary: 'Timers of a stream',
    description:
      'By their ids, read from the aggregate itself. A stream that does not exist has none.',
    parameters: [...parameters, ...queryParameters(jsonSchema(timersInput, 'input'))],
    responses: {
      200: pageAnswer(answerSchema(timerPage)),
      ...problems('invalid', 'unknown'),
    },
  };
}

function timerOperation(name: keyof typeof described, parameters: Parameters): Operation {
  return {
    operationId: `timers.${name}`,
    tags: [tag],
    ...described[name],
    parameters,
    requestBody: { required: true, content: json(jsonSchema(timerOperationInput, 'input')) },
    responses: {
      200: { description: 'The timer now.', content: json(timer) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}
