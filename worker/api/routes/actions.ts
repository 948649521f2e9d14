/** `/v1/actions/{aggregate}/{id}…`: the actions of one stream that have not ended, and what an operator does with one. */
import type { Context } from 'hono';
import { actionOperations } from '../../../core/action/action-operations.ts';
import type { StoredAction } from '../../../core/action/stored-action.ts';
import { type Failure, invalid } from '../../../core/aggregate/outcome.ts';
import { streamName } from '../../../core/aggregate/stream.ts';
import type { ActionStatus } from '../../../core/operator-shapes/action.ts';
import { utcText } from '../../../core/values/time.ts';
import { addressOf } from '../../commands/prepare-command.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { decodeCursor, encodeCursor, nextLink } from '../../http/cursor.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { Routes } from '../../http/routes.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { aggregateStub } from '../../runtime/object-stubs.ts';
import { actionOperationInput, actionsInput } from '../inputs/actions.ts';

const FIRST = ['', 0] as const;

export function actionsRoute({ app }: Machinery): Routes {
  const routes = new Routes();
  const addressIn = (context: Context<ApiTypes>) => {
    const { aggregate = '', id = '' } = context.req.param();
    return addressOf(app, context.get('caller'), { aggregate, id });
  };

  routes.get('/:aggregate/:id', async (context) => {
    const input = readQuery(context.req.url, actionsInput);
    if ('outcome' in input) return input;
    const address = addressIn(context);
    if ('outcome' in address) return address;
    const { cursor, limit } = input.value;
    const stream = streamName(address);
    const list = ['actions', address.tenant, stream];
    const [action, version] = cursor === undefined ? FIRST : (decodeCursor(list, cursor) ?? []);
    if (typeof action !== 'string' || typeof version !== 'number') {
      return invalid('cursor', 'This is no cursor.');
    }
    const range = { after: [action, version], limit: limit + 1 } as const;
    const found = await aggregateStub(context.env, address).actions(range);
    const actions = found.slice(0, limit);
    const answer = { stream, actions: actions.map((one) => actionView(one)) };
    const last = found.length > limit ? actions.at(-1) : undefined;
    if (!last) return Response.json(answer);
    const next = encodeCursor(list, [last.action, last.version]);
    const headers = nextLink(context.req.url, 'cursor', next);
    return Response.json({ ...answer, cursor: next }, { headers });
  });

  for (const operation of actionOperations) {
    routes.post(`/:aggregate/:id/${operation}`, async (context) => {
      const input = await readOperation(context, actionOperationInput);
      if ('outcome' in input) return input;
      const address = addressIn(context);
      if ('outcome' in address) return address;
      const { action, version } = input.value;
      const { actor } = context.get('caller');
      const object = aggregateStub(context.env, address);
      const asked = { operation, action, version, actor };
      const done: StoredAction | Failure = await object.operateAction(asked);
      if ('outcome' in done) return done;
      return Response.json(actionView(done, operation === 'skip'));
    });
  }

  return routes;
}

function actionView(stored: StoredAction, isSkipped = false): ActionStatus {
  const { action, version, attempts, cause, dueMs, answer } = stored;
  const state = isSkipped ? 'skipped' : stored.state;
  const goesOn = state === 'pending' || state === 'answered';
  return {
    ...{ action, version, state, attempts, cause },
    dueAt: goesOn ? utcText(dueMs) : null,
    commands: (answer?.commands ?? []).map(({ aggregate, id, command }) => ({
      ...{ aggregate, id, command },
    })),
  };
}
