/** `/v1/timers/{aggregate}/{id}…`: the timers of one stream, and what an operator does with one. */
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { type Failure, invalid } from '../../core/outcome.ts';
import { streamName } from '../../core/stream.ts';
import { utcText } from '../../core/time.ts';
import { timerOperations } from '../../core/timer-operations.ts';
import { type StoredTimer, timerStates } from '../../core/timers.ts';
import { addressOf } from '../commands/prepare-command.ts';
import { aggregateStub } from '../env.ts';
import type { ApiTypes } from '../http/auth.ts';
import { decodeCursor, encodeCursor, nextLink } from '../http/cursor.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery, wholeNumber } from '../http/query-parameters.ts';
import { readInput } from '../http/read-input.ts';
import type { Machinery } from '../machinery.ts';

export const timersInput = z.strictObject({
  state: z.enum(timerStates).exactOptional(),
  limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  cursor: z.string().exactOptional(),
});

/** A timer's id may hold slashes, so the body names it. */
export const timerOperationInput = z.strictObject({
  timer: z.string().min(1).max(512),
  reason: z.string().min(1).max(1_000),
});

export function timersRoute({ app }: Machinery): Hono<ApiTypes> {
  const routes = new Hono<ApiTypes>();
  const addressIn = (context: Context<ApiTypes>) => {
    const { aggregate = '', id = '' } = context.req.param();
    return addressOf(app, context.get('caller'), { aggregate, id });
  };

  routes.get('/:aggregate/:id', async (context) => {
    const input = readQuery(context.req.url, timersInput);
    if ('failure' in input) return problemResponse(input.failure);
    const address = addressIn(context);
    if ('outcome' in address) return problemResponse(address);
    const { cursor, limit, state } = input.value;
    const stream = streamName(address);
    const list = ['timers', address.tenant, stream, state ?? ''];
    const after = cursor === undefined ? '' : decodeCursor(list, cursor)?.[0];
    if (typeof after !== 'string') return problemResponse(invalid('cursor', 'This is no cursor.'));
    const page = await aggregateStub(context.env, address).timers({ after, limit, state });
    const answer = { stream, timers: page.timers.map(timerView) };
    const last = page.more ? page.timers.at(-1) : undefined;
    if (!last) return Response.json(answer);
    const next = encodeCursor(list, [last.id]);
    const headers = nextLink(context.req.url, 'cursor', next);
    return Response.json({ ...answer, cursor: next }, { headers });
  });

  for (const operation of timerOperations) {
    routes.post(`/:aggregate/:id/${operation}`, async (context) => {
      const input = await readInput(context.req.raw, timerOperationInput);
      if ('failure' in input) return problemResponse(input.failure);
      const address = addressIn(context);
      if ('outcome' in address) return problemResponse(address);
      const { timer: id, reason } = input.value;
      const { actor } = context.get('caller');
      const object = aggregateStub(context.env, address);
      const done: StoredTimer | Failure = await object.operateTimer({
        operation,
        id,
        actor,
        reason,
      });
      return 'outcome' in done ? problemResponse(done) : Response.json(timerView(done));
    });
  }

  return routes;
}

function timerView(timer: StoredTimer): object {
  const { id, state, dueMs, command, data, attempts, origin } = timer;
  const { causationId, correlationId } = origin;
  const view = { id, state, dueAt: utcText(dueMs), command, data, attempts };
  return { ...view, causationId, correlationId, stopped: stoppedView(timer) };
}

function stoppedView(timer: StoredTimer): object | null {
  if (timer.state === 'scheduled') return null;
  const { atMs, actor, reason } = timer.stop;
  return { at: utcText(atMs), actor, reason };
}
