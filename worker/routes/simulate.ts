/** `POST /v1/simulate/{aggregate}/{id}`: what if? Facts assumed and commands tried on a state, now or in the past. */
import { Hono } from 'hono';
import * as z from 'zod';
import type { Aggregate } from '../../core/aggregate.ts';
import type { Context } from '../../core/decision.ts';
import type { Failure } from '../../core/outcome.ts';
import { ALL_STATES_BYTES_MAX, type HypotheticalStep, simulate } from '../../core/simulate.ts';
import { type StreamAddress, streamName } from '../../core/stream.ts';
import { addressOf } from '../commands/prepare-command.ts';
import { aggregateStub } from '../env.ts';
import type { ApiTypes, Caller } from '../http/auth.ts';
import { invalidInput } from '../http/input-errors.ts';
import { momentInput } from '../http/moment-input.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery } from '../http/query-parameters.ts';
import { type Read, readJson, wrongMediaType } from '../http/read-json.ts';
import type { Machinery } from '../machinery.ts';
import type { Platform } from '../platform.ts';
import { momentState } from './aggregates.ts';

/** Ours: a question about a plan, not a second way to run commands. */
const STEPS_MAX = 100;

const eventStep = z.strictObject({
  event: z.strictObject({ type: z.string(), data: z.unknown() }),
});
const commandStep = z.strictObject({ command: z.string(), data: z.unknown() });

export const simulateInput = z.strictObject({
  /** Left out: now. An aggregate that does not exist starts at its initial state. */
  from: momentInput.exactOptional(),
  steps: z.array(z.union([eventStep, commandStep])).max(STEPS_MAX),
});

export const simulateQuery = z.strictObject({
  states: z
    .enum(['last', 'all'])
    .default('last')
    .describe(
      `The state after the last step, or after each: then the answer takes at most ${ALL_STATES_BYTES_MAX} bytes.`,
    ),
});

export function simulateRoute({ app, platform }: Machinery): Hono<ApiTypes> {
  return new Hono<ApiTypes>().post('/:aggregate/:id', async (context) => {
    const caller = context.get('caller');
    const address = addressOf(app, caller, context.req.param());
    if ('outcome' in address) return problemResponse(address);
    if (address.found.isInternal) {
      return problemResponse({ outcome: 'unknown', what: 'aggregate', name: address.aggregate });
    }
    const query = readQuery(context.req.url, simulateQuery);
    if ('failure' in query) return problemResponse(query.failure);
    const mediaType = wrongMediaType(context.req.raw, 'application/json');
    if (mediaType) return problemResponse(mediaType);
    const body = await readJson(context.req.raw);
    if ('failure' in body) return problemResponse(body.failure);
    const input = simulateInput.safeParse(body.value);
    if (!input.success) return problemResponse(invalidInput(input.error));
    const steps = checkedSteps(address.found, input.data.steps);
    if ('failure' in steps) return problemResponse(steps.failure);

    const object = aggregateStub(context.env, address);
    const { signal } = context.req.raw;
    const start = await momentState(object, address, input.data.from ?? {}, signal);
    if ('outcome' in start) return problemResponse(start);
    const contextAt = contexts(platform, caller, address);
    const { states } = query.value;
    const played = simulate(address.found, start, steps.value, contextAt, states);
    if ('outcome' in played) return problemResponse(played);
    return Response.json({ stream: streamName(address), from: start.version, steps: played });
  });
}

/** Every step against its schema before the first is played. */
function checkedSteps(
  aggregate: Aggregate,
  steps: z.output<typeof simulateInput>['steps'],
): Read<HypotheticalStep[]> {
  const checked: HypotheticalStep[] = [];
  for (const [index, step] of steps.entries()) {
    const result = checkedStep(aggregate, step, `/steps/${index}`);
    if ('failure' in result) return result;
    checked.push(result.value);
  }
  return { value: checked };
}

function checkedStep(
  aggregate: Aggregate,
  step: z.output<typeof simulateInput>['steps'][number],
  at: string,
): Read<HypotheticalStep> {
  if ('event' in step) {
    const { type } = step.event;
    const data = checkedData(
      own(aggregate.events, type)?.schema,
      'event',
      type,
      step.event.data,
      `${at}/event/data`,
    );
    return 'failure' in data ? data : { value: { event: { type, data: data.value } } };
  }
  const { command } = step;
  const data = checkedData(
    own(aggregate.commands, command),
    'command',
    command,
    step.data,
    `${at}/data`,
  );
  return 'failure' in data ? data : { value: { command, data: data.value } };
}

function checkedData(
  schema: z.ZodType | undefined,
  what: string,
  name: string,
  data: unknown,
  at: string,
): Read<unknown> {
  if (!schema) return unknownName(what, name);
  const checked = schema.safeParse(data);
  return checked.success ? { value: checked.data } : { failure: invalidInput(checked.error, at) };
}

function unknownName(what: string, name: string): { failure: Failure } {
  return { failure: { outcome: 'unknown', what, name } };
}

function own<Value>(named: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(named, name) ? named[name] : undefined;
}

function contexts(
  { nowMs, newId }: Platform,
  { tenant, actor }: Caller,
  { id }: StreamAddress,
): (version: number) => Context {
  const now = new Date(nowMs()).toISOString();
  return (version) => ({ tenant, id, version, actor, now, occurredAt: now, newId });
}
