/**
 * `GET /v1/publications/{publication}`: the feed of a publication, as a batch of CloudEvents or as server-sent events, for
 * systems outside of the app.
 */
import type { Context } from 'hono';
import type * as z from 'zod';
import { ungranted } from '../../../core/access/rights.ts';
import { invalid } from '../../../core/aggregate/outcome.ts';
import { findPublication, publicationsOf } from '../../../core/app.ts';
import { JOURNAL_START } from '../../../core/plan/journal-position.ts';
import type { OpenPolls } from '../../access/open-polls.ts';
import type { ApiTypes } from '../../http/api-types.ts';
import { nextLink } from '../../http/cursor.ts';
import { isHead } from '../../http/head.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { type RouteAnswer, Routes } from '../../http/routes.ts';
import { readerOf } from '../../http/shown-events.ts';
import { shownPositions } from '../../http/shown-positions.ts';
import { unknownPublication } from '../../http/unknown-in-app.ts';
import { shownPersonal } from '../../personal/show-personal.ts';
import { CLOUD_EVENT_BATCH } from '../../publications/feed/cloud-event.ts';
import { EVENT_STREAM, eventStreamOf } from '../../publications/feed/event-stream-text.ts';
import { publicationFeed } from '../../publications/feed/publication-feed.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { publicationInput } from '../inputs/publications.ts';
import { callersDatabase } from './callers-projector.ts';
import { waitingRead } from './waiting-read.ts';

/** Of a stream without `wait`: it ends with its first events, and the reader connects again. */
const STREAM_WAIT_SECONDS = 30;

const anyInput = publicationInput([]);

export function publicationsRoute(machinery: Machinery, polls: OpenPolls): Routes {
  const { app } = machinery;
  const inputs = new Map(
    publicationsOf(app).map(({ name, events }) => [name, publicationInput(Object.keys(events))]),
  );
  return new Routes().get('/:publication', (context) => {
    const name = context.req.param('publication');
    const input = readQuery(context.req.url, inputs.get(name) ?? anyInput);
    if ('outcome' in input) return input;
    if (!findPublication(app, name)) return unknownPublication(app, name);
    if (!context.var.caller.rights.mayFollow(name)) return ungranted(`publication ${name}`);
    return answerFeed(machinery, polls, context, name, input.value);
  });
}

async function answerFeed(
  machinery: Machinery,
  polls: OpenPolls,
  context: Context<ApiTypes>,
  publication: string,
  { after: asked, wait: askedWait, ...rest }: z.output<typeof anyInput>,
): Promise<RouteAnswer> {
  const { platform, basePath } = machinery;
  const { url, raw } = context.req;
  const { caller } = context.var;
  const isStream = (raw.headers.get('accept') ?? '').includes(EVENT_STREAM);
  const shown = shownPositions(context.env, caller);
  // A browser that connects again sends the address that it began with.
  const text = (isStream && raw.headers.get('last-event-id')) || asked;
  const after = text === undefined ? JOURNAL_START : shown.parse(text);
  if (!after) return invalid('after', 'Send a position as it was answered.');
  const waitedFor = isStream && askedWait === 0 ? STREAM_WAIT_SECONDS : askedWait;
  const wait = isHead(raw) ? 0 : waitedFor;
  const root = `${new URL(url).origin}${basePath}`;
  const { database } = callersDatabase(machinery, context);
  const feed = { tenant: caller.tenant, publication };
  const page = await waitingRead(machinery, polls, context, wait, () =>
    publicationFeed(platform, database, feed, { ...rest, after, wait, shown, root }, raw.signal),
  );
  if ('outcome' in page) return page;
  const events = await shownPersonal(readerOf(machinery, context.env, caller), page.events);
  if (isStream) return eventStreamOf({ ...page, events });
  const headers = { 'content-type': CLOUD_EVENT_BATCH, ...nextLink(url, 'after', page.after) };
  return Response.json(events, { headers });
}
