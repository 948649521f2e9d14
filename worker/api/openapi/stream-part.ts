/** Describes routes of what one stream has: a list of it, and what an operator does with one of them. */
import type * as z from 'zod';
import { type App, allAggregates } from '../../../core/app.ts';
import { answerSchema, jsonSchema, queryParameters } from './json-schema.ts';
import { json, type Operation, type Parameter, type Part, pageAnswer } from './operation.ts';
import { parameterRef } from './parameters.ts';
import { problems } from './problems.ts';

type Texts = Pick<Operation, 'summary' | 'description'>;

export interface StreamPart {
  /** In the path and in the ids of operations: `timers`. */
  readonly name: string;
  readonly tag: Part['tag'];
  readonly list: Texts & { readonly input: z.ZodType; readonly page: z.ZodType };
  readonly operations: Readonly<Record<string, Texts>>;
  readonly operation: {
    readonly input: z.ZodType;
    readonly answer: z.ZodType;
    /** Of the answer. */
    readonly description: string;
  };
}

export function streamPart(app: App, part: StreamPart): Part {
  const aggregate: Parameter = {
    name: 'aggregate',
    in: 'path',
    required: true,
    schema: { type: 'string', enum: allAggregates(app).map(({ name }) => name) },
  };
  const parameters = [parameterRef('AggregateId'), aggregate];
  const path = `/v1/${part.name}/{aggregate}/{id}`;
  return {
    tag: part.tag,
    paths: {
      [path]: { get: listOperation(part, parameters) },
      ...Object.fromEntries(
        Object.entries(part.operations).map(([name, texts]) => [
          `${path}/${name}`,
          {
            post: {
              operationId: `${part.name}.${name}`,
              ...texts,
              ...operationOn(part, parameters),
            },
          },
        ]),
      ),
    },
    schemas: {},
  };
}

type Parameters = NonNullable<Operation['parameters']>;

function listOperation({ name, tag, list }: StreamPart, parameters: Parameters): Operation {
  const { input, page, ...texts } = list;
  return {
    operationId: `${name}.list`,
    tags: [tag.name],
    ...texts,
    parameters: [...parameters, ...queryParameters(jsonSchema(input, 'input'))],
    responses: { 200: pageAnswer(answerSchema(page)), ...problems('invalid', 'unknown') },
  };
}

function operationOn({ tag, operation }: StreamPart, parameters: Parameters) {
  const { input, answer, description } = operation;
  return {
    tags: [tag.name],
    parameters,
    requestBody: { required: true as const, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description, content: json(answerSchema(answer)) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}
