/**
 * `/v1/live`: queries that go on being answered. As a WebSocket it is handed to a Live object; under a query's name it
 * is a stream of server-sent events.
 */
import { Hono } from 'hono';
import { z } from 'zod';
import { liveShards } from '../../core/app.ts';
import { liveStub } from '../env.ts';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery } from '../http/query-parameters.ts';
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
    if (raw.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
      return problemResponse({ outcome: 'upgrade-required' });
    }
    const { tenant } = context.get('caller');
    const shard = shardOf(input.value.client ?? platform.newId(), liveShards(app));
    return openSocket(liveStub(context.env, tenant, shard));
  });

  return routes;
}
