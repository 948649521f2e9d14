/** `GET /v1/incidents`: what keeps streams from the journal, and timers from firing. Answered also while D1 is down. */
import * as z from 'zod';
import { invalid } from '../../../core/aggregate/outcome.ts';
import { decodeCursor, encodeCursor, nextLink } from '../../http/cursor.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { Routes } from '../../http/routes.ts';
import { FIRST_PLACE, type IncidentPlace, listIncidents } from '../../incidents/incidents.ts';
import { incidentsInput } from '../inputs/incidents.ts';

const LIST = ['incidents'];

const place = z.tuple([z.int(), z.string(), z.string()]);

export function incidentsRoute(): Routes {
  return new Routes().get('/', async (context) => {
    const input = readQuery(context.req.url, incidentsInput);
    if ('outcome' in input) return input;
    const { limit, cursor } = input.value;
    const from = cursor === undefined ? FIRST_PLACE : placeOf(cursor);
    if (!from) return invalid('cursor', 'This is no cursor.');
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
