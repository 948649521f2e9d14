/**
 * `/v1/live`: queries that go on being answered. As a WebSocket it is handed to a Live object; under a query's name it
 * is a stream of server-sent events.
 */
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { liveShards } from '../../core/app.ts';
import {
  FRAME_CHARACTERS_MAX,
  SEQ_CHARACTERS_MAX,
  type SubscribeFrame,
  subscribeFrame,
} from '../../core/live-protocol.ts';
import { type Failure, invalid } from '../../core/outcome.ts';
import type { WantedQuery } from '../../durable-objects/index.ts';
import { liveStub } from '../env.ts';
import type { ApiTypes } from '../http/auth.ts';
import { isHead } from '../http/head.ts';
import { invalidInput } from '../http/input-errors.ts';
import { decodedParts, lastSegment } from '../http/path-parts.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery } from '../http/query-parameters.ts';
import type { Read } from '../http/read-json.ts';
import { eventStream, eventStreamResponse } from '../live/event-stream.ts';
import { liveQueries } from '../live/live-query.ts';
import { openSocket } from '../live/open-socket.ts';
import { shardOf } from '../live/shard.ts';
import type { Machinery } from '../machinery.ts';

export const socketInput = z.strictObject({
  client: z
    .string()
    .min(1)
    .max(128)
    .describe(
      'Any name that the client keeps: by it a client that comes back is told what it missed.',
    )
    .exactOptional(),
});

export function liveRoute(machinery: Machinery): Hono<ApiTypes> {
  const { app, platform } = machinery;
  const routes = new Hono<ApiTypes>();

  routes.get('/', (context) => {
    const { url, raw } = context.req;
    const input = readQuery(url, socketInput);
    if ('failure' in input) return problemResponse(input.failure);
    if (isHead(raw) || raw.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return problemResponse({ outcome: 'upgrade-required' });
    }
    const { tenant } = context.get('caller');
    const shard = shardOf(input.value.client ?? platform.newId(), liveShards(app));
    return openSocket(liveStub(context.env, tenant, shard));
  });

  const queries = liveQueries(machinery);

  async function events(context: Context<ApiTypes>, wanted: WantedQuery): Promise<Response> {
    const { env, req } = context;
    const { tenant } = context.get('caller');
    const sound = queries(env, tenant, wanted);
    if ('outcome' in sound) return problemResponse(asParameters(sound));
    const frame = frameOf(wanted, req.raw.headers);
    if ('failure' in frame) return problemResponse(asParameters(frame.failure));
    if (isHead(req.raw)) return eventStreamResponse(null);
    const shard = shardOf(JSON.stringify(wanted), liveShards(app));
    const opened = await openSocket(liveStub(env, tenant, shard));
    if (!opened.webSocket) return opened;
    return eventStream(opened.webSocket, frame.value, req.raw.signal);
  }

  routes.get('/:query', (context) => {
    const input = readQuery(context.req.url, parameters);
    if ('failure' in input) return problemResponse(input.failure);
    return events(context, { query: context.req.param('query'), input: input.value });
  });

  routes.get('/:query/:key', (context) => {
    const input = readQuery(context.req.url, noParameters);
    if ('failure' in input) return problemResponse(input.failure);
    const { query } = context.req.param();
    const key = decodedParts(lastSegment(context.req.url));
    if (!key) return problemResponse(invalid('key', 'Percent-encode each part of the key.'));
    return events(context, { query, key });
  });

  return routes;
}

const parameters = z.record(z.string(), z.string());
const noParameters = z.strictObject({});

/** What the Worker says to the Live object in the caller's place. */
function frameOf(wanted: WantedQuery, headers: Headers): Read<SubscribeFrame> {
  const subscribing = { type: 'subscribe', id: 'events', ...wanted, ...sinceOf(headers) };
  const frame = subscribeFrame.safeParse(subscribing);
  if (!frame.success) return { failure: invalidInput(frame.error) };
  if (JSON.stringify(frame.data).length <= FRAME_CHARACTERS_MAX) return { value: frame.data };
  return { failure: { outcome: 'too-large', what: 'query', limitBytes: FRAME_CHARACTERS_MAX } };
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
