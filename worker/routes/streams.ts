/** `GET /v1/streams/{aggregate}/{id}`: a stream's events from its object; `/v1/streams/{aggregate}`: known streams. */
import { Hono } from 'hono';
import * as z from 'zod';
import { findAggregate } from '../../core/app.ts';
import { invalid } from '../../core/outcome.ts';
import { objectName, streamName } from '../../core/stream.ts';
import { addressOf } from '../commands/prepare-command.ts';
import type { ApiTypes } from '../http/auth.ts';
import { decodeCursor, encodeCursor, nextLink } from '../http/cursor.ts';
import { problemResponse } from '../http/problem-response.ts';
import { readQuery, wholeNumber } from '../http/query-parameters.ts';
import { unknownAggregate } from '../http/unknown-in-app.ts';
import type { Machinery } from '../machinery.ts';
import { newestEvent } from '../queries/newest-event.ts';

const PAGE_MAX = 1_000;

const limit = wholeNumber({ min: 1, max: PAGE_MAX, default: 100 });

export const eventsInput = z.strictObject({
  /** Exclusive. Backwards without it begins at the newest event. */
  after: wholeNumber({ min: 0 }).exactOptional(),
  limit,
  direction: z.enum(['forwards', 'backwards']).default('forwards'),
});

export const streamsInput = z.strictObject({ cursor: z.string().exactOptional(), limit });

export function streamsRoute({ app, platform }: Machinery): Hono<ApiTypes> {
  const routes = new Hono<ApiTypes>();

  routes.get('/:aggregate/:id', async (context) => {
    const address = addressOf(app, context.get('caller'), context.req.param());
    if ('outcome' in address) return problemResponse(address);
    const input = readQuery(context.req.url, eventsInput);
    if ('failure' in input) return problemResponse(input.failure);
    const { direction, limit } = input.value;
    const after = input.value.after ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    const stream = streamName(address);
    const object = context.env.AGGREGATE.getByName(objectName(address.tenant, stream));
    const { events, more } = await object.eventPage({ after, limit, direction });
    const last = more ? events.at(-1) : undefined;
    const headers = last ? nextLink(context.req.url, 'after', String(last.version)) : {};
    const newest = events.map((event) => newestEvent(app, event));
    return Response.json({ stream, events: newest }, { headers });
  });

  routes.get('/:aggregate', async (context) => {
    const aggregate = context.req.param('aggregate');
    if (!findAggregate(app, aggregate)) {
      return problemResponse(unknownAggregate(app, aggregate));
    }
    const input = readQuery(context.req.url, streamsInput);
    if ('failure' in input) return problemResponse(input.failure);
    const { limit } = input.value;
    const after = startOf(aggregate, input.value.cursor);
    if (after === undefined) return problemResponse(invalid('cursor', 'This is not a cursor.'));
    const { tenant } = context.get('caller');
    const database = platform.database(context.env, tenant);
    const streams = await knownStreams(database, tenant, aggregate, after, limit);
    const last = streams.length === limit ? streams.at(-1) : undefined;
    if (!last) return Response.json({ streams });
    const cursor = encodeCursor(streamsOf(aggregate), [last.stream]);
    const headers = nextLink(context.req.url, 'cursor', cursor);
    return Response.json({ streams, cursor }, { headers });
  });

  return routes;
}

function streamsOf(aggregate: string): string[] {
  return ['streams', aggregate];
}

function startOf(aggregate: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return `${aggregate}/`;
  const [stream] = decodeCursor(streamsOf(aggregate), cursor) ?? [];
  return typeof stream === 'string' && stream.startsWith(`${aggregate}/`) ? stream : undefined;
}

interface KnownStream {
  readonly stream: string;
  readonly version: number;
}

/** Streams that have reached D1, by their checkpoint. `0` is the character after the slash. */
async function knownStreams(
  database: D1Database,
  tenant: string,
  aggregate: string,
  after: string,
  limit: number,
): Promise<KnownStream[]> {
  const { results } = await database
    .prepare(
      `SELECT stream, version FROM checkpoint
       WHERE tenant = ? AND stream > ? AND stream < ? AND projection = '' ORDER BY stream LIMIT ?`,
    )
    .bind(tenant, after, `${aggregate}0`, limit)
    .all<KnownStream>();
  return results;
}
