/** `POST /v1/simulate/{aggregate}/{id}`: what if? Facts assumed and commands tried on a state, now or in the past. */
import type * as z from 'zod';
import type { Aggregate } from '../../../core/aggregate/aggregate.ts';
import type { Context } from '../../../core/aggregate/decision.ts';
import type { Failure } from '../../../core/aggregate/outcome.ts';
import { type HypotheticalStep, simulate } from '../../../core/aggregate/simulate.ts';
import { type StreamAddress, streamName } from '../../../core/aggregate/stream.ts';
import { hasPersonalData } from '../../../core/personal-data.ts';
import { readPlain } from '../../../core/sealed/read-plain.ts';
import { ownValue } from '../../../core/values/own-value.ts';
import { addressOf } from '../../commands/prepare-command.ts';
import { momentState } from '../../history/moment-state.ts';
import type { Caller } from '../../http/authenticate-caller.ts';
import { invalidInput } from '../../http/input-errors.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { type Read, readJson, wrongMediaType } from '../../http/read-json.ts';
import { Routes } from '../../http/routes.ts';
import { readerOf } from '../../http/shown-events.ts';
import { shownPersonal } from '../../personal/show-personal.ts';
import type { Machinery, MachineryPlatform } from '../../runtime/machinery.ts';
import { aggregateStub } from '../../runtime/object-stubs.ts';
import { simulateInput, simulateQuery } from '../inputs/simulate.ts';

export function simulateRoute(machinery: Machinery): Routes {
  const { app, platform } = machinery;
  return new Routes().post('/:aggregate/:id', async (context) => {
    const caller = context.get('caller');
    const address = addressOf(app, caller, context.req.param());
    if ('outcome' in address) return address;
    if (address.found.isInternal) {
      return { outcome: 'unknown', what: 'aggregate', name: address.aggregate };
    }
    const question = caller.rights.read(address);
    if (question && 'outcome' in question) return question;
    const query = readQuery(context.req.url, simulateQuery);
    if ('outcome' in query) return query;
    const mediaType = wrongMediaType(context.req.raw, 'application/json');
    if (mediaType) return mediaType;
    const body = await readJson(context.req.raw);
    if ('outcome' in body) return body;
    const input = simulateInput.safeParse(body.value);
    if (!input.success) return invalidInput(input.error);
    const sent = new Map<string, unknown>();
    const parse = plainParser(machinery, sent);
    const steps = checkedSteps(address.found, input.data.steps, parse);
    if ('outcome' in steps) return steps;

    const object = aggregateStub(context.env, address);
    const { signal } = context.req.raw;
    const start = await momentState(object, address, input.data.from ?? {}, {
      question,
      signal,
    });
    if ('outcome' in start) return start;
    const contextAt = contexts(platform, caller, address);
    const { states } = query.value;
    const played = simulate(address.found, start, steps.value, contextAt, states);
    if ('outcome' in played) return played;
    const reader = readerOf(machinery, context.env, caller);
    const shown = await shownPersonal(reader, played, sent);
    return Response.json({ stream: streamName(address), from: start.version, steps: shown });
  });
}

type PlainParser = (schema: z.ZodType, data: unknown) => ReturnType<z.ZodType['safeParse']>;

/**
 * Personal data of a step is nothing that is stored, so that no key seals it: placeholders have the form of sealed values,
 * and the answer has in their place what was sent.
 */
function plainParser({ app, platform }: Machinery, sent: Map<string, unknown>): PlainParser {
  if (!hasPersonalData(app)) return (schema, data) => schema.safeParse(data);
  return (schema, data) => {
    const read = readPlain(schema, data, platform.newId());
    if (!read.success) return { success: false, error: read.error };
    for (const { placeholder, plain } of read.personal) sent.set(placeholder, plain);
    return { success: true, data: read.data };
  };
}

/** Every step against its schema before the first is played. */
function checkedSteps(
  aggregate: Aggregate,
  steps: z.output<typeof simulateInput>['steps'],
  parse: PlainParser,
): Read<HypotheticalStep[]> {
  const checked: HypotheticalStep[] = [];
  for (const [index, step] of steps.entries()) {
    const result = checkedStep(aggregate, step, `/steps/${index}`, parse);
    if ('outcome' in result) return result;
    checked.push(result.value);
  }
  return { value: checked };
}

function checkedStep(
  aggregate: Aggregate,
  step: z.output<typeof simulateInput>['steps'][number],
  at: string,
  parse: PlainParser,
): Read<HypotheticalStep> {
  if ('event' in step) {
    const { type } = step.event;
    const data = checkedData(
      ownValue(aggregate.events, type)?.schema,
      'event',
      type,
      step.event.data,
      `${at}/event/data`,
      parse,
    );
    return 'outcome' in data ? data : { value: { event: { type, data: data.value } } };
  }
  const { command } = step;
  const data = checkedData(
    ownValue(aggregate.commands, command),
    'command',
    command,
    step.data,
    `${at}/data`,
    parse,
  );
  return 'outcome' in data ? data : { value: { command, data: data.value } };
}

function checkedData(
  schema: z.ZodType | undefined,
  what: string,
  name: string,
  data: unknown,
  at: string,
  parse: PlainParser,
): Read<unknown> {
  if (!schema) return unknownName(what, name);
  const checked = parse(schema, data);
  return checked.success ? { value: checked.data } : invalidInput(checked.error, at);
}

function unknownName(what: string, name: string): Failure {
  return { outcome: 'unknown', what, name };
}

function contexts(
  { nowMs, newId }: MachineryPlatform,
  { tenant, actor }: Caller,
  { id }: StreamAddress,
): (version: number) => Context {
  const now = new Date(nowMs()).toISOString();
  return (version) => ({ tenant, id, version, actor, now, occurredAt: now, newId });
}
