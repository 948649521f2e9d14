/** `/v1/sagas…`: where sagas stand, how one came there, and what an operator does about it. */
import type { Context } from 'hono';
import type { Failure, Outcome } from '../../../core/aggregate/outcome.ts';
import { isIdentifier, type StreamAddress, streamName } from '../../../core/aggregate/stream.ts';
import { findSaga, listsOf } from '../../../core/app.ts';
import type { WholeSaga } from '../../../core/operator-shapes/saga.ts';
import { hasEnded, type SagaInstance } from '../../../core/process/saga-instance.ts';
import { sagaList } from '../../../core/process/saga-list.ts';
import type { Viewer } from '../../../core/projection/row-scope.ts';
import { entriesOf, getEntry } from '../../../core/values/persistent-map.ts';
import { sendCommands } from '../../commands/send-commands.ts';
import { stateTooLarge } from '../../history/moment-state.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { commandOrigin } from '../../http/authenticate-caller.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import { listInput, listReading } from '../../queries/list-rows.ts';
import type { LedgeEnv } from '../../runtime/env.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { aggregateStub } from '../../runtime/object-stubs.ts';
import { sagaOperations } from '../inputs/saga-operations.ts';
import { ServingRows } from './serving-rows.ts';

/** The newest events that are shown; the whole of it is the saga's stream. */
const TIMELINE_MAX = 1_000;

export function sagasRoute(machinery: Machinery): Routes {
  const { app, platform } = machinery;
  const routes = new Routes();
  const rows = new ServingRows(machinery);
  const { sagas = [] } = app;

  const known = (tenant: string, aggregate: string, id: string): StreamAddress | undefined =>
    findSaga(app, aggregate) && isIdentifier(id) ? { tenant, aggregate, id } : undefined;

  const [list] = sagas.length === 0 ? [] : listsOf(sagaList(sagas));

  routes.get('/', (context) =>
    list === undefined ? noRows(context) : rows.page(context, list, allRows(context)),
  );

  routes.get('/:saga/:id', async (context) => {
    const { saga, id } = context.req.param();
    const address = known(context.get('caller').tenant, saga, id);
    const found = address && (await sagaView(context.env, address));
    return viewAnswer(found ?? noSaga(saga, id));
  });

  for (const [operation, { input, command }] of Object.entries(sagaOperations)) {
    routes.post(`/:saga/:id/${operation}`, async (context) => {
      const { saga, id } = context.req.param();
      const caller = context.get('caller');
      const { tenant } = caller;
      const wanted = await readOperation(context, input);
      if ('outcome' in wanted) return wanted;
      const address = known(tenant, saga, id);
      const before = address && (await sagaView(context.env, address));
      if (!address || !before) return noSaga(saga, id);
      const [outcome] = await sendCommands(context.env, platform.log, address, [
        { name: command, data: wanted.value, fingerprint: command, ...commandOrigin(caller) },
      ]);
      const failure = failureOf(outcome);
      if (failure) return failure;
      return viewAnswer((await sagaView(context.env, address)) ?? noSaga(saga, id));
    });
  }

  return routes;
}

/** The area is granted as a whole. */
function allRows(context: Context<ApiTypes>): Viewer {
  return { tenant: context.get('caller').tenant, rows: 'all' };
}

/** An app without sagas has no table of them. */
function noRows(context: Context<ApiTypes>): RouteAnswer {
  const [model] = sagaList([]).tables;
  const input = readQuery(context.req.url, listInput(model));
  if ('outcome' in input) return input;
  const reading = listReading(allRows(context), model, input.value);
  return 'outcome' in reading ? reading : Response.json(reading.answer([], []));
}

function viewAnswer(found: object | Failure): RouteAnswer {
  return 'outcome' in found ? found : Response.json(found);
}

function failureOf(outcome: Outcome | undefined): Failure | undefined {
  if (!outcome) return { outcome: 'failed' };
  return outcome.outcome === 'accepted' ? undefined : outcome;
}

function noSaga(saga: string, id: string): Failure {
  return { outcome: 'unknown', what: 'saga', name: `${saga}/${id}` };
}

/** Everything that explains why an order is where it is. */
async function sagaView(
  env: LedgeEnv,
  address: StreamAddress,
): Promise<WholeSaga | Failure | undefined> {
  const object = aggregateStub(env, address);
  const [{ version, state, isTooLarge }, newest] = await Promise.all([
    object.currentState(),
    object.events({
      after: Number.MAX_SAFE_INTEGER,
      limit: TIMELINE_MAX,
      direction: 'backwards',
    }),
  ]);
  if (version === 0) return undefined;
  if (isTooLarge) return stateTooLarge;
  // What a saga's stream folds into.
  const saga = state as SagaInstance;
  const { status, reason, definition, open, needing, timeouts, startsAfterEnd } = saga;
  const { aggregate, id } = address;
  return {
    saga: aggregate,
    id,
    stream: streamName(address),
    version,
    definition,
    status,
    reason,
    ended: hasEnded(saga),
    state: saga.state,
    open: Array.from(entriesOf(open), ([effect, { awaits, attempt, command }]) => ({
      effect,
      awaits,
      attempt,
      reason: getEntry(needing, effect) ?? null,
      command,
    })),
    timeouts,
    startsAfterEnd,
    timeline: newest.toReversed().map(({ version, type, recordedAt, data, metadata }) => ({
      version,
      type,
      at: recordedAt,
      causationId: metadata.causationId,
      correlationId: metadata.correlationId,
      data,
    })),
  };
}
