/** `GET /v1/events`: the journal, from any position on, for who wants to follow everything that happens. */
import { invalid } from '../../../core/aggregate/outcome.ts';
import { JOURNAL_START, parsePosition } from '../../../core/plan/journal-position.ts';
import { nextLink } from '../../http/cursor.ts';
import { isHead } from '../../http/head.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { Routes } from '../../http/routes.ts';
import { journalFeed } from '../../queries/journal-feed.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { feedInput } from '../inputs/events.ts';

export function eventsRoute(machinery: Machinery): Routes {
  const { app, platform } = machinery;
  const feed = feedInput(app);
  return new Routes().get('/', async (context) => {
    const { url, raw } = context.req;
    const input = readQuery(url, feed);
    if ('outcome' in input) return input;
    const { tenant } = context.get('caller');
    const database = platform.database(context.env, tenant);
    const { after: text, ...rest } = input.value;
    const after = text === undefined ? JOURNAL_START : parsePosition(text);
    if (!after) return invalid('after', 'Send a position as it was answered.');
    const wanted = { ...rest, after, wait: isHead(raw) ? 0 : rest.wait };
    const page = await journalFeed(machinery, database, tenant, wanted, raw.signal);
    if ('outcome' in page) return page;
    return Response.json(page, { headers: nextLink(url, 'after', page.after) });
  });
}
