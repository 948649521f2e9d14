/** `GET /v1/incidents`: what keeps streams from the journal, and timers from firing. Answered also while D1 is down. */
import { Hono } from 'hono';
import * as z from 'zod';
import { invalid } from '../../core/outcome.ts';
import { FIRST_PLACE, type IncidentPlace, listIncidents } from '../health/incidents.ts';
import type { ApiTypes } from '../http/auth.ts';
import { decodeCursor, encodeCursor, nextLink } from '../http/cursor.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery, wholeNumber } from '../http/query-parameters.ts';

export const incidentsInput = z.strictObject({
  limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
  cursor: z.string().exactOptional(),
});

const LIST = ['incidents'];

const place = z.tuple([z.int(), z.string(), z.string()]);

export function incidentsRoute(): Hono<ApiTypes> {
  return new Hono<ApiTypes>().get('/', async (context) => {
    const input = readQuery(context.req.url, incidentsInput);
    if ('failure' in input) return problemResponse(input.failure);
    const { limit, cursor } = input.value;
    const from = cursor === undefined ? FIRST_PLACE : placeOf(cursor);
    if (!from) return problemResponse(invalid('cursor', 'This is no cursor.'));
    const { tenant } = context.get('caller');
    const { incidents, next } = await listIncidents(context.env, tenant, limit, from);
    if (!next) return Response.json({ incidents });
    const nextCursor = encodeCursor(LIST, [next.shard, ...next.after]);
    const headers = nextLink(context.req.url, 'cursor', nextCursor);
    return Response.json({ incidents, cursor: nextCursor }, { headers });
  });
}

function placeOf(cursor: string): IncidentPlace | undefined {
  const { data } = place.safeParse(decodeCursor(LIST, cursor));
  return data && { shard: data[0], after: [data[1], data[2]] };
}
