/**
 * `/v1/restore/…`: the server's part of `restore-database`, the way back of a whole database. Its streams are those of
 * all tenants, because a restore is.
 */
import { Hono } from 'hono';
import * as z from 'zod';
import type { ApiTypes } from '../http/auth.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readInput } from '../http/read-input.ts';
import type { Machinery } from '../machinery.ts';
import { beginEpoch } from '../restore/begin-epoch.ts';
import { bringBack } from '../restore/bring-back.ts';
import { databaseState, listNewerStreams, listStreams } from '../restore/list-streams.ts';
import { callersProjector } from './callers-projector.ts';

/** Each is a request to its object, and an invocation may make so many. */
const BROUGHT_MAX = 100;

const ANCHORS_MAX = 2_000;

/** As patterns, so that the API's description says them: core/stream. */
const TENANT = /^[A-Za-z0-9._~-]{1,128}$/;
const STREAM = /^[A-Za-z0-9._~-]{1,128}\/[A-Za-z0-9._~-]{1,128}$/;
const TAG = /^[0-9a-f]{8}$/;

const count = z.int().min(0).max(999_999_999_999_999);

export const restoreInputs = {
  state: z.strictObject({}),
  streams: z.strictObject({
    after: z
      .strictObject({ tenant: z.string().max(2_000), stream: z.string().max(2_000) })
      .default({ tenant: '', stream: '' }),
  }),
  newer: z.strictObject({ after: count }),
  begin: z.strictObject({
    epoch: z.int().min(0).max(1_000_000),
    revision: z.int().min(0).max(1_000_000_000),
    anchors: z
      .array(z.strictObject({ position: count, tag: z.string().regex(TAG) }))
      .max(ANCHORS_MAX),
  }),
  bring: z.strictObject({
    streams: z
      .array(
        z.strictObject({
          tenant: z.string().regex(TENANT, 'Send a tenant as it was listed.'),
          stream: z.string().regex(STREAM, 'Send a stream like order/o-1.'),
        }),
      )
      .max(BROUGHT_MAX),
  }),
} as const;

export function restoreRoute(machinery: Machinery): Hono<ApiTypes> {
  const routes = new Hono<ApiTypes>();

  routes.post('/state', async (context) => {
    const body = await readInput(context.req.raw, restoreInputs.state);
    if ('failure' in body) return problemResponse(body.failure);
    return Response.json(await databaseState(callersProjector(machinery, context).database));
  });

  routes.post('/streams', async (context) => {
    const body = await readInput(context.req.raw, restoreInputs.streams);
    if ('failure' in body) return problemResponse(body.failure);
    const { database } = callersProjector(machinery, context);
    return Response.json(await listStreams(database, body.value.after));
  });

  routes.post('/newer-streams', async (context) => {
    const body = await readInput(context.req.raw, restoreInputs.newer);
    if ('failure' in body) return problemResponse(body.failure);
    const { database } = callersProjector(machinery, context);
    return Response.json(await listNewerStreams(database, body.value.after));
  });

  routes.post('/begin', async (context) => {
    const body = await readInput(context.req.raw, restoreInputs.begin);
    if ('failure' in body) return problemResponse(body.failure);
    const begun = await beginEpoch(callersProjector(machinery, context), body.value);
    const { tenant, actor } = context.get('caller');
    machinery.platform.log('info', { operation: 'restore', ...begun, tenant, actor });
    return Response.json(begun);
  });

  routes.post('/bring', async (context) => {
    const body = await readInput(context.req.raw, restoreInputs.bring);
    if ('failure' in body) return problemResponse(body.failure);
    const { streams } = body.value;
    return Response.json({
      streams: await bringBack(callersProjector(machinery, context), streams),
    });
  });

  return routes;
}
