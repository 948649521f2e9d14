/** `GET /v1/streams/{aggregate}/{id}`: a stream's events from its object; `/v1/streams/{aggregate}`: known streams. */
import { ungranted } from '../../../core/access/rights.ts';
import { invalid } from '../../../core/aggregate/outcome.ts';
import { streamName } from '../../../core/aggregate/stream.ts';
import { findAggregate } from '../../../core/app.ts';
import { addressOf } from '../../commands/prepare-command.ts';
import { unknownStream } from '../../history/moment-state.ts';
import { decodeCursor, encodeCursor, nextLink } from '../../http/cursor.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { Routes } from '../../http/routes.ts';
import { readerOf, shownEvents } from '../../http/shown-events.ts';
import { unknownAggregate } from '../../http/unknown-in-app.ts';
import { newestEvent } from '../../queries/newest-event.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { aggregateStub } from '../../runtime/object-stubs.ts';
import { eventsInput, streamsInput } from '../inputs/streams.ts';
import { callersDatabase } from './callers-projector.ts';

export function streamsRoute(machinery: Machinery): Routes {
  const { app } = machinery;
  const routes = new Routes();

  routes.get('/:aggregate/:id', async (context) => {
    const address = addressOf(app, context.get('caller'), context.req.param());
    if ('outcome' in address) return address;
    const question = context.get('caller').rights.read(address);
    if (question && 'outcome' in question) return question;
    const input = readQuery(context.req.url, eventsInput);
    if ('outcome' in input) return input;
    const { direction, limit } = input.value;
    const after = input.value.after ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER);
    const stream = streamName(address);
    const object = aggregateStub(context.env, address);
    const page = await object.eventPage({ after, limit, direction }, question);
    if (page === 'unreadable') return unknownStream(address);
    const { events, more, ended } = page;
    const last = more ? events.at(-1) : undefined;
    const headers = last ? nextLink(context.req.url, 'after', String(last.version)) : {};
    const newest = await shownEvents(
      readerOf(machinery, context.env, context.get('caller')),
      events.map((event) => newestEvent(app, event)),
    );
    return Response.json({ stream, events: newest, ...(ended && { ended }) }, { headers });
  });

  routes.get('/:aggregate', async (context) => {
    const aggregate = context.req.param('aggregate');
    if (!findAggregate(app, aggregate)) {
      return unknownAggregate(app, aggregate);
    }
    // A rule over the state would have to be asked of every object.
    if (context.get('caller').rights.read({ aggregate, id: '' })) {
      return ungranted(`read ${aggregate}`);
    }
    const input = readQuery(context.req.url, streamsInput);
    if ('outcome' in input) return input;
    const { limit } = input.value;
    const after = startOf(aggregate, input.value.cursor);
    if (after === undefined) return invalid('cursor', 'This is not a cursor.');
    const { tenant } = context.get('caller');
    const { database } = callersDatabase(machinery, context);
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
