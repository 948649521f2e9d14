/**
 * `/v1/live`: queries that go on being answered. As a WebSocket it is handed to a Live object; under a query's name it
 * is a stream of server-sent events.
 */
import type { Context } from 'hono';
import * as z from 'zod';
import { type Failure, invalid } from '../../../core/aggregate/outcome.ts';
import { liveShards } from '../../../core/app.ts';
import {
  FRAME_CHARACTERS_MAX,
  SEQ_CHARACTERS_MAX,
  type SubscribeFrame,
  subscribeFrame,
} from '../../../core/live/live-protocol.ts';
import type { SubscribedQuery } from '../../../durable-objects/index.ts';
import type { OpenPolls } from '../../access/open-polls.ts';
import { issueTicket, localTicket } from '../../access/ticket.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { isHead } from '../../http/head.ts';
import { invalidInput } from '../../http/input-errors.ts';
import { isOpenLocally } from '../../http/local-developer.ts';
import { decodedParts, lastSegment } from '../../http/path-parts.ts';
import { readQuery } from '../../http/query-parameters.ts';
import type { Read } from '../../http/read-json.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import { upgraded } from '../../http/socket-credential.ts';
import { eventStream, eventStreamResponse, SILENT_MS } from '../../live/event-stream.ts';
import { liveQueries } from '../../live/live-query.ts';
import { openSocket } from '../../live/open-socket.ts';
import { rowsOfQuery } from '../../live/rows-of-query.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { liveStub } from '../../runtime/object-stubs.ts';
import { shardOf } from '../../runtime/shard.ts';
import { socketInput } from '../inputs/live.ts';

export function liveRoute(machinery: Machinery, polls: OpenPolls): Routes {
  const { app, platform, authenticate } = machinery;
  const routes = new Routes();
  const shardFor = ({ client }: z.output<typeof socketInput>) =>
    shardOf(client ?? platform.newId(), liveShards(app));

  routes.get('/', async (context) => {
    const { url, raw } = context.req;
    const input = readQuery(url, socketInput);
    if ('outcome' in input) return input;
    if (isHead(raw) || raw.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return { outcome: 'upgrade-required' };
    }
    const caller = context.get('caller');
    const shard = caller.ticket?.shard ?? shardFor(input.value);
    const opened = await openSocket(liveStub(context.env, caller.tenant, shard), caller);
    return 'outcome' in opened ? opened : upgraded(raw, opened, caller.setCookie);
  });

  routes.post('/tickets', (context) => {
    const input = readQuery(context.req.url, socketInput);
    if ('outcome' in input) return input;
    const { env } = context;
    const isOpen = !authenticate && isOpenLocally(env);
    const issued = isOpen
      ? localTicket(platform.nowMs())
      : issueTicket(env, platform.nowMs(), shardFor(input.value), context.get('caller'));
    if ('outcome' in issued) return issued;
    return Response.json(issued, { headers: { 'cache-control': 'no-store' } });
  });

  const queries = liveQueries(machinery);

  async function events(context: Context<ApiTypes>, wanted: SubscribedQuery): Promise<RouteAnswer> {
    const { env, req } = context;
    const caller = context.get('caller');
    const { tenant } = caller;
    const sound = queries(env, tenant, {
      ...wanted,
      rows: rowsOfQuery(machinery, caller.rights.rows, wanted.query),
      ...(caller.rights.opensPersonal && { opensPersonal: true }),
    });
    if ('outcome' in sound) return asParameters(sound);
    const frame = frameOf(wanted, req.raw.headers);
    if ('outcome' in frame) return asParameters(frame);
    if (isHead(req.raw)) return eventStreamResponse(null);
    const shard = shardOf(JSON.stringify(wanted), liveShards(app));
    const place = polls.enter(caller, platform.nowMs() + SILENT_MS);
    if ('outcome' in place) return place;
    const opened = await openSocket(liveStub(env, tenant, shard), caller);
    if ('outcome' in opened || !opened.webSocket) {
      place.leave();
      return opened;
    }
    return eventStream(opened.webSocket, frame.value, req.raw.signal, place);
  }

  routes.get('/:query', (context) => {
    const input = readQuery(context.req.url, parameters);
    if ('outcome' in input) return input;
    return events(context, { query: context.req.param('query'), input: input.value });
  });

  routes.get('/:query/:key', (context) => {
    const input = readQuery(context.req.url, noParameters);
    if ('outcome' in input) return input;
    const { query } = context.req.param();
    const key = decodedParts(lastSegment(context.req.url));
    if (!key) return invalid('key', 'Percent-encode each part of the key.');
    return events(context, { query, key });
  });

  return routes;
}

const parameters = z.record(z.string(), z.string());
const noParameters = z.strictObject({});

/** What the Worker says to the Live object in the caller's place. */
function frameOf(wanted: SubscribedQuery, headers: Headers): Read<SubscribeFrame> {
  const subscribing = { type: 'subscribe', id: 'events', ...wanted, ...sinceOf(headers) };
  const frame = subscribeFrame.safeParse(subscribing);
  if (!frame.success) return invalidInput(frame.error);
  if (JSON.stringify(frame.data).length <= FRAME_CHARACTERS_MAX) return { value: frame.data };
  return { outcome: 'too-large', what: 'query', limitBytes: FRAME_CHARACTERS_MAX };
}

/** In an address, input is parameters. */
function asParameters(failure: Failure): Failure {
  if (failure.outcome !== 'invalid') return failure;
  const errors = failure.errors.map(({ at, message }) => ({
    at: at.replace(/^\/(input\/)?/, ''),
    message,
  }));
  return { outcome: 'invalid', errors };
}

/** Undefined when it is none of ours: then all of it is sent. */
function sinceOf(headers: Headers): { since?: string } {
  const since = headers.get('last-event-id') ?? '';
  return since !== '' && since.length <= SEQ_CHARACTERS_MAX ? { since } : {};
}
