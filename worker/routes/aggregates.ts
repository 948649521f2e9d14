/** `GET /v1/aggregates/{aggregate}/{id}`: an aggregate's state, now or at a moment of the past, from its object. */
import { Hono } from 'hono';
import type * as z from 'zod';
import { PAGE_BYTES_MAX, valueBytes } from '../../core/bytes.ts';
import { type Failure, invalid } from '../../core/outcome.ts';
import { streamName } from '../../core/stream.ts';
import type { AggregateState } from '../../durable-objects/index.ts';
import { addressOf, type FoundAddress } from '../commands/prepare-command.ts';
import { type AggregateStub, aggregateStub } from '../env.ts';
import { foldHistory } from '../history/fold-history.ts';
import type { ApiTypes } from '../http/auth.ts';
import { taggedJson } from '../http/entity-tag.ts';
import { momentInput, momentOf } from '../http/moment-input.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery } from '../http/query-parameters.ts';
import type { Machinery } from '../machinery.ts';

export function aggregatesRoute({ app }: Machinery): Hono<ApiTypes> {
  return new Hono<ApiTypes>().get('/:aggregate/:id', async (context) => {
    const address = addressOf(app, context.get('caller'), context.req.param());
    if ('outcome' in address) return problemResponse(address);
    const input = readQuery(context.req.url, momentInput);
    if ('failure' in input) return problemResponse(input.failure);
    const object = aggregateStub(context.env, address);
    const found = await momentState(object, address, input.value, context.req.raw.signal);
    if ('outcome' in found) return problemResponse(found);
    if (found.version === 0) {
      return problemResponse({ outcome: 'unknown', what: address.aggregate, name: address.id });
    }
    const { version, state } = found;
    const answer = { stream: streamName(address), version, state };
    return taggedJson(context.req.raw, answer, { version });
  });
}

export const stateTooLarge: Failure = {
  outcome: 'too-large',
  what: 'state',
  limitBytes: PAGE_BYTES_MAX,
};

/** The state at a moment, now when none is named; at version 0 it is the initial one. */
export async function momentState(
  object: AggregateStub,
  address: FoundAddress,
  input: z.output<typeof momentInput>,
  signal: AbortSignal,
): Promise<AggregateState | Failure> {
  const moment = momentOf(input);
  if (!moment) {
    const found = await object.currentState();
    return found.isTooLarge ? stateTooLarge : found;
  }
  const found = await foldHistory(object, address.found, moment, signal);
  if (!found) return invalid('version', `${streamName(address)} has no version ${input.version}.`);
  return valueBytes(found.state) > PAGE_BYTES_MAX ? stateTooLarge : found;
}
