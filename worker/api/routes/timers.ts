/** `/v1/timers/{aggregate}/{id}…`: the timers of one stream, and what an operator does with one. */
import type { Context } from 'hono';
import { type Failure, invalid } from '../../../core/aggregate/outcome.ts';
import { streamName } from '../../../core/aggregate/stream.ts';
import { timerOperations } from '../../../core/aggregate/timer-operations.ts';
import type { StoredTimer } from '../../../core/aggregate/timers.ts';
import type { TimerStatus } from '../../../core/operator-shapes/timer.ts';
import { utcText } from '../../../core/values/time.ts';
import { addressOf } from '../../commands/prepare-command.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { decodeCursor, encodeCursor, nextLink } from '../../http/cursor.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { aggregateStub } from '../../runtime/object-stubs.ts';
import { timerOperationInput, timersInput } from '../inputs/timers.ts';

export function timersRoute({ app }: Machinery): Routes {
  const routes = new Routes();
  const addressIn = (context: Context<ApiTypes>) => {
    const { aggregate = '', id = '' } = context.req.param();
    return addressOf(app, context.get('caller'), { aggregate, id });
  };

  routes.get('/:aggregate/:id', async (context) => {
    const input = readQuery(context.req.url, timersInput);
    if ('outcome' in input) return input;
    const address = addressIn(context);
    if ('outcome' in address) return address;
    const { cursor, limit, state } = input.value;
    const stream = streamName(address);
    const list = ['timers', address.tenant, stream, state ?? ''];
    const after = cursor === undefined ? '' : decodeCursor(list, cursor)?.[0];
    if (typeof after !== 'string') return invalid('cursor', 'This is no cursor.');
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
      const input = await readOperation(context, timerOperationInput);
      if ('outcome' in input) return input;
      const address = addressIn(context);
      if ('outcome' in address) return address;
      const { timer: id, reason } = input.value;
      const { actor } = context.get('caller');
      const object = aggregateStub(context.env, address);
      const done: StoredTimer | Failure = await object.operateTimer({
        operation,
        id,
        actor,
        reason,
      });
      return 'outcome' in done ? done : Response.json(timerView(done));
    });
  }

  return routes;
}

function timerView(timer: StoredTimer): TimerStatus {
  const { id, state, dueMs, command, data, attempts, origin } = timer;
  const { causationId, correlationId } = origin;
  const view = { id, state, dueAt: utcText(dueMs), command, data, attempts };
  return { ...view, causationId, correlationId, stopped: stoppedView(timer) };
}

function stoppedView(timer: StoredTimer): TimerStatus['stopped'] {
  if (timer.state === 'scheduled') return null;
  const { atMs, actor, reason } = timer.stop;
  return { at: utcText(atMs), actor, reason };
}
