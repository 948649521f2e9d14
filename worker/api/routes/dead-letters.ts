/** `/v1/dead-letters…`: events that a projection cannot take, and messages that the queue gave up on. */

import type { Context } from 'hono';
import * as z from 'zod';
import { type Failure, invalid, wrongState } from '../../../core/aggregate/outcome.ts';
import { recordedEvent } from '../../../core/app.ts';
import { errorText } from '../../../core/failures/error-text.ts';
import { inboundNamed } from '../../../core/inbound/inbound.ts';
import type { DeadLetter, WholeDeadLetter } from '../../../core/operator-shapes/dead-letter.ts';
import { relayMessage } from '../../../core/protocol/relay-message.ts';
import { firstWithinBytes, valueBytes } from '../../../core/values/bytes.ts';
import { listDeadLetters, readDeadLetter } from '../../dead-letters/dead-letters.ts';
import { discard, type Redriver, redriveMatching, redriveOne } from '../../dead-letters/redrive.ts';
import { undeliveredStreams } from '../../health/undelivered-streams.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { decodeCursor, encodeCursor, nextLink } from '../../http/cursor.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { readOperation } from '../../http/read-operation.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import { shownParked } from '../../http/shown-events.ts';
import { shownMessage } from '../../inbound/kept-message.ts';
import { redriveMessage } from '../../inbound/redrive-message.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { deadLettersInput, discardInput, redriveInput } from '../inputs/dead-letters.ts';
import { answerOperator } from './answer-operator.ts';
import { callersProjector } from './callers-projector.ts';

const REDRIVEN_AT_ONCE = 1_000;

export function deadLettersRoute(machinery: Machinery): Routes {
  const routes = new Routes();
  const projectorOf = (context: Context<ApiTypes>) => callersProjector(machinery, context);

  routes.get('/', (context) => answerOperator(machinery, context, () => list(context)));

  async function list(context: Context<ApiTypes>): Promise<RouteAnswer> {
    const input = readQuery(context.req.url, deadLettersInput);
    if ('outcome' in input) return input;
    const { limit, cursor, ...filter } = input.value;
    const of = ['dead-letters', filter];
    const after = cursor === undefined ? '' : decodeCursor(of, cursor)?.[0];
    if (typeof after !== 'string') return invalid('cursor', 'This is no cursor.');
    const { tenant } = context.get('caller');
    const { database } = projectorOf(context);
    const found = await listDeadLetters(database, tenant, filter, { after, limit });
    const deadLetters = firstWithinBytes(found, (one) => valueBytes(one));
    const { undelivered } = await undeliveredStreams(context.env, tenant);
    const isLast = deadLetters.length === found.length && found.length < limit;
    const last = isLast ? undefined : deadLetters.at(-1);
    if (!last) return Response.json({ deadLetters, undelivered });
    const next = encodeCursor(of, [last.id]);
    const headers = nextLink(context.req.url, 'cursor', next);
    return Response.json({ deadLetters, undelivered, cursor: next }, { headers });
  }

  routes.get('/:id', async (context) => {
    const found = await find(context);
    if ('outcome' in found) return found;
    const refused = await context.get('audit').begin(undefined);
    if (refused) return refused;
    const event = shownParked(context.get('caller'), shownMessage(found.event));
    return Response.json({ ...found, event, ...upcast(machinery, found) });
  });

  routes.post('/:id/redrive', async (context) => {
    const body = await readOperation(context, z.strictObject({}));
    if ('outcome' in body) return body;
    const found = await find(context);
    if ('outcome' in found) return found;
    if (isForeign(found)) return wrongState('This was no message of ours.');
    const { tenant } = context.get('caller');
    const { tried } = await redriveOne(redriverFor(machinery, context), tenant, found.id);
    if (tried === 0) return notParked(found);
    return answerOne(context);
  });

  routes.post('/:id/discard', async (context) => {
    const body = await readOperation(context, discardInput);
    if ('outcome' in body) return body;
    const found = await find(context);
    if ('outcome' in found) return found;
    const { tenant, actor } = context.get('caller');
    const by = { actor, reason: body.value.reason };
    const done =
      found.status === 'parked' && (await discard(projectorOf(context), tenant, found, by));
    return done ? answerOne(context) : notParked(found);
  });

  async function find(context: Context<ApiTypes>): Promise<WholeDeadLetter | Failure> {
    const id = context.req.param('id') ?? '';
    const { tenant } = context.get('caller');
    const found = await readDeadLetter(projectorOf(context).database, tenant, id);
    return found ?? { outcome: 'unknown', what: 'dead letter', name: id };
  }

  async function answerOne(context: Context<ApiTypes>): Promise<RouteAnswer> {
    const found = await find(context);
    if ('outcome' in found) return found;
    const { stack: _stack, event: _event, ...shown } = found;
    return Response.json(shown);
  }

  return routes;
}

/** `POST /v1/redrive`: many at once. */
export function redriveRoute(machinery: Machinery): Routes {
  return new Routes().post('/', async (context) => {
    const body = await readOperation(context, redriveInput);
    if ('outcome' in body) return body;
    const { tenant } = context.get('caller');
    const redriver = redriverFor(machinery, context);
    const { after, ...filter } = body.value;
    const page = { after, limit: REDRIVEN_AT_ONCE };
    const redriven = await redriveMatching(redriver, tenant, filter, page);
    return Response.json({ ...redriven, more: redriven.tried === REDRIVEN_AT_ONCE });
  });
}

function redriverFor(machinery: Machinery, context: Context<ApiTypes>): Redriver {
  const { env } = context;
  const { tenant } = context.get('caller');
  const projector = callersProjector(machinery, context);
  const { database } = projector;
  return {
    projector,
    redriveInbound: (parked) => redriveMessage({ machinery, env, tenant, database }, parked),
  };
}

/** A message that is neither of a stream nor of an inbound. */
function isForeign({ stream, generation }: DeadLetter): boolean {
  return stream === '' && inboundNamed(generation) === undefined;
}

function notParked({ id, status }: DeadLetter): Failure {
  return wrongState(`The dead letter ${id} is ${status}.`);
}

/** The event in its newest shape, beside the stored one; or why it has none. */
function upcast({ app }: Machinery, { event }: WholeDeadLetter) {
  const stored = relayMessage.shape.events.element.safeParse(event);
  if (!stored.success) return {};
  try {
    const { data, schemaVersion } = recordedEvent(app, stored.data);
    return { upcast: { schemaVersion, data } };
  } catch (error) {
    return { unreadable: errorText(error) };
  }
}
