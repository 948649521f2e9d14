/** `/v1/sagas…`: where sagas stand, how one came there, and what an operator does about it. */
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { findSaga, listsOf } from '../../core/app.ts';
import type { Failure, Outcome } from '../../core/outcome.ts';
import { entriesOf, getEntry } from '../../core/persistent-map.ts';
import { hasEnded, type SagaInstance } from '../../core/saga-instance.ts';
import { sagaList } from '../../core/saga-list.ts';
import { isIdentifier, type StreamAddress, streamName } from '../../core/stream.ts';
import { sendCommands } from '../commands/send-commands.ts';
import { aggregateStub, type LedgeEnv } from '../env.ts';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery } from '../http/query-parameters.ts';
import { readInput } from '../http/read-input.ts';
import type { Machinery } from '../machinery.ts';
import { listInput, listReading } from '../queries/list-rows.ts';
import { stateTooLarge } from './aggregates.ts';
import { ServingRows } from './serving-rows.ts';

/** The newest events that are shown; the whole of it is the saga's stream. */
const TIMELINE_MAX = 1_000;

const reason = z.string().min(1).max(1_000);
const onEffect = z.strictObject({ effect: z.string().min(1).max(256), reason });

/** What an operator can do with a saga: in words for the API's description, and as the command that it becomes. */
export interface SagaOperation {
  readonly summary: string;
  readonly description: string;
  readonly input: z.ZodType<{ readonly reason: string; readonly effect?: string }>;
  readonly command: string;
}

export const sagaOperations: Readonly<Record<string, SagaOperation>> = {
  retry: {
    summary: 'Send a command again that needs attention',
    description:
      'Once, at once. After a rejection as a new attempt; a command without a recorded outcome keeps its key, so that it cannot be executed twice.',
    input: onEffect,
    command: 'RetryEffect',
  },
  skip: {
    summary: 'Go on without a command',
    description: 'As if it had never been wanted: nothing of it is taken back later.',
    input: onEffect,
    command: 'SkipEffect',
  },
  resolve: {
    summary: 'Go on as if a command had been accepted',
    description: 'For what was put right by hand.',
    input: onEffect,
    command: 'ResolveEffect',
  },
  cancel: {
    summary: 'Cancel',
    description: 'Takes back what was done, as far as the saga has a way back.',
    input: z.strictObject({ reason }),
    command: 'Cancel',
  },
};

export function sagasRoute(machinery: Machinery): Hono<ApiTypes> {
  const { app, platform } = machinery;
  const routes = new Hono<ApiTypes>();
  const rows = new ServingRows(machinery);
  const { sagas = [] } = app;

  const known = (tenant: string, aggregate: string, id: string): StreamAddress | undefined =>
    findSaga(app, aggregate) && isIdentifier(id) ? { tenant, aggregate, id } : undefined;

  const [list] = sagas.length === 0 ? [] : listsOf(sagaList(sagas));

  routes.get('/', (context) => (list === undefined ? noRows(context) : rows.page(context, list)));

  routes.get('/:saga/:id', async (context) => {
    const { saga, id } = context.req.param();
    const address = known(context.get('caller').tenant, saga, id);
    const found = address && (await sagaView(context.env, address));
    return viewResponse(found ?? noSaga(saga, id));
  });

  for (const [operation, { input, command }] of Object.entries(sagaOperations)) {
    routes.post(`/:saga/:id/${operation}`, async (context) => {
      const { saga, id } = context.req.param();
      const { tenant, actor } = context.get('caller');
      const wanted = await readInput(context.req.raw, input);
      if ('failure' in wanted) return problemResponse(wanted.failure);
      const address = known(tenant, saga, id);
      const before = address && (await sagaView(context.env, address));
      if (!address || !before) return problemResponse(noSaga(saga, id));
      const [outcome] = await sendCommands(context.env, platform.log, address, [
        { name: command, data: wanted.value, fingerprint: command, actor },
      ]);
      const failure = failureOf(outcome);
      if (failure) return problemResponse(failure);
      return viewResponse((await sagaView(context.env, address)) ?? noSaga(saga, id));
    });
  }

  return routes;
}

/** An app without sagas has no table of them. */
function noRows(context: Context<ApiTypes>): Response {
  const [model] = sagaList([]).tables;
  const input = readQuery(context.req.url, listInput(model));
  if ('failure' in input) return problemResponse(input.failure);
  const reading = listReading(context.get('caller').tenant, model, input.value);
  return 'outcome' in reading ? problemResponse(reading) : Response.json(reading.answer([], []));
}

function viewResponse(found: object | Failure): Response {
  return 'outcome' in found ? problemResponse(found) : Response.json(found);
}

function failureOf(outcome: Outcome | undefined): Failure | undefined {
  if (!outcome) return { outcome: 'failed' };
  return outcome.outcome === 'accepted' ? undefined : outcome;
}

function noSaga(saga: string, id: string): Failure {
  return { outcome: 'unknown', what: 'saga', name: `${saga}/${id}` };
}

/** Everything that somebody needs who is asked why an order is where it is. */
async function sagaView(
  env: LedgeEnv,
  address: StreamAddress,
): Promise<object | Failure | undefined> {
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
