/** Describes `/v1/schedules…`. */
import { type App, schedulesOf } from '../../../core/app.ts';
import { scheduleList, scheduleStatus, tickRun } from '../../../core/operator-shapes/schedule.ts';
import { runTickInput, scheduleOperationInput } from '../inputs/schedules.ts';
import { answerSchema, jsonSchema } from './json-schema.ts';
import { json, type Operation, type Parameter, type Part } from './operation.ts';
import { problems } from './problems.ts';

const tag = 'Schedules';

export function schedulesPart(app: App): Part {
  const names = schedulesOf(app).map(({ name }) => name);
  const known = names.length === 0 ? 'The app has none.' : `There are: ${names.join(', ')}.`;
  const parameters: readonly Parameter[] = [
    { name: 'name', in: 'path', required: true, schema: { type: 'string' } },
  ];
  return {
    tag: { name: tag, description: `What the app does at times of the day. ${known}` },
    paths: {
      '/v1/schedules': { get: list },
      ...Object.fromEntries(
        Object.entries(operations).map(([name, operation]) => [
          `/v1/schedules/{name}/${name}`,
          { post: { operationId: `schedules.${name}`, tags: [tag], parameters, ...operation } },
        ]),
      ),
    },
    schemas: {},
  };
}

const list: Operation = {
  operationId: 'schedules.list',
  tags: [tag],
  summary: 'Schedules of the tenant, with their last and next ticks',
  responses: { 200: { description: 'All of them.', content: json(answerSchema(scheduleList)) } },
};

interface Described {
  readonly summary: string;
  readonly description: string;
  readonly input: Parameters<typeof jsonSchema>[0];
  readonly answer: Parameters<typeof answerSchema>[0];
}

function operation({ summary, description, input, answer }: Described) {
  return {
    ...{ summary, description },
    requestBody: { required: true as const, content: json(jsonSchema(input, 'input')) },
    responses: {
      200: { description: 'What became of it.', content: json(answerSchema(answer)) },
      ...problems('invalid', 'unknown', 'wrong-state', 'too-large', 'unsupported-media-type'),
    },
  };
}

const change = { input: scheduleOperationInput, answer: scheduleStatus };

const operations = {
  run: operation({
    summary: 'Do a tick now',
    description: `The tick of a minute, whether or not the cron has it. Its commands have the keys that the schedule gives them: what was
executed before is answered with \`replayed\`, and the schedule does not do it again. Also while it is paused.`,
    ...{ input: runTickInput, answer: tickRun },
  }),
  pause: operation({
    summary: 'Pause a schedule',
    description: 'Its ticks are left out until it is resumed.',
    ...change,
  }),
  resume: operation({
    summary: 'Resume a schedule',
    description: 'From now on. What was due while it was paused is not made up for.',
    ...change,
  }),
  skip: operation({
    summary: 'Leave out the tick that is not done',
    description: 'What it has done stays. The next tick is done in its time.',
    ...change,
  }),
} as const;
