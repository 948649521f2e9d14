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
import { afterPrefix } from '../../queries/text-prefix.ts';
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
    const { limit, prefix = '', cursor: text } = input.value;
    const list = ['streams', aggregate, ...(prefix === '' ? [] : [prefix])];
    const range = { prefix: `${aggregate}/${prefix}` };
    const after = text === undefined ? undefined : lastStream(list, range, text);
    if (after === null) return invalid('cursor', 'This is not a cursor.');
    const { tenant } = context.get('caller');
    const { database } = callersDatabase(machinery, context);
    const streams = await knownStreams(database, tenant, { ...range, after }, limit);
    const last = streams.length === limit ? streams.at(-1) : undefined;
    if (!last) return Response.json({ streams });
    const cursor = encodeCursor(list, [last.stream]);
    const headers = nextLink(context.req.url, 'cursor', cursor);
    return Response.json({ streams, cursor }, { headers });
  });

  return routes;
}

/** Null: not a cursor of this list. One that was made up leads to no stream of another aggregate. */
function lastStream(
  list: readonly string[],
  { prefix }: Pick<StreamRange, 'prefix'>,
  cursor: string,
): string | null {
  const [stream] = decodeCursor(list, cursor) ?? [];
  return typeof stream === 'string' && stream.startsWith(prefix) ? stream : null;
}

interface KnownStream {
  readonly stream: string;
  readonly version: number;
}

interface StreamRange {
  /** Of the names, the aggregate type and its slash included. */
  readonly prefix: string;
  /** The last stream of the page before. */
  readonly after: string | undefined;
}

/** Streams that have reached D1, by their checkpoint. */
async function knownStreams(
  database: D1Database,
  tenant: string,
  { prefix, after }: StreamRange,
  limit: number,
): Promise<KnownStream[]> {
  const { results } = await database
    .prepare(
      `SELECT stream, version FROM checkpoint
       WHERE tenant = ? AND stream ${after === undefined ? '>=' : '>'} ? AND stream < ?
         AND projection = '' ORDER BY stream LIMIT ?`,
    )
    .bind(tenant, after ?? prefix, afterPrefix(prefix) ?? '', limit)
    .all<KnownStream>();
  return results;
}
