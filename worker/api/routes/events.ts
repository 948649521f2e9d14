/** `GET /v1/events`: the journal, from any position on, for programs that follow all events. */
import { type Rights, ungranted } from '../../../core/access/rights.ts';
import { type Failure, invalid } from '../../../core/aggregate/outcome.ts';
import { aggregateOf } from '../../../core/aggregate/stream.ts';
import { JOURNAL_START } from '../../../core/plan/journal-position.ts';
import type { OpenPolls } from '../../access/open-polls.ts';
import { nextLink } from '../../http/cursor.ts';
import { isHead } from '../../http/head.ts';
import { readQuery } from '../../http/query-parameters.ts';
import { Routes } from '../../http/routes.ts';
import { readerOf, shownEvents } from '../../http/shown-events.ts';
import { shownPositions } from '../../http/shown-positions.ts';
import { journalFeed } from '../../queries/journal-feed.ts';
import type { JournalFilters } from '../../queries/journal-page.ts';
import { KnownHeads } from '../../queries/known-heads.ts';
import type { Machinery } from '../../runtime/machinery.ts';
import { feedInput } from '../inputs/events.ts';
import { callersDatabase } from './callers-projector.ts';
import { waitingRead } from './waiting-read.ts';

export function eventsRoute(machinery: Machinery, polls: OpenPolls): Routes {
  const { app, platform } = machinery;
  const feed = feedInput(app);
  const heads = new KnownHeads(platform.nowMs);
  return new Routes().get('/', async (context) => {
    const { url, raw } = context.req;
    const input = readQuery(url, feed);
    if ('outcome' in input) return input;
    const { caller } = context.var;
    const { tenant } = caller;
    const journal = callersDatabase(machinery, context);
    const { after: text, ...rest } = input.value;
    const shown = shownPositions(context.env, caller);
    const after = text === undefined ? JOURNAL_START : shown.parse(text);
    if (!after) return invalid('after', 'Send a position as it was answered.');
    const granted = grantedAggregates(caller.rights, rest);
    if ('outcome' in granted) return granted;
    const wanted = { ...rest, ...granted, after, shown, wait: isHead(raw) ? 0 : rest.wait };
    const page = await waitingRead(machinery, polls, context, wanted.wait, () =>
      journalFeed(machinery, heads, journal, tenant, wanted, raw.signal),
    );
    if ('outcome' in page) return page;
    const reader = readerOf(machinery, context.env, caller);
    const body = { ...page, events: await shownEvents(reader, page.events) };
    return Response.json(body, { headers: nextLink(url, 'after', page.after) });
  });
}

/** The filter by aggregates, narrowed to those whose events the caller may follow. */
function grantedAggregates(
  { journal }: Rights,
  { aggregate, stream }: JournalFilters,
): { readonly aggregate?: readonly string[] } | Failure {
  if (journal === 'all') return {};
  const wanted = aggregate ?? (stream === undefined ? journal : [aggregateOf(stream) ?? '']);
  const refused = wanted.find((name) => !journal.includes(name));
  if (wanted.length === 0 || refused !== undefined)
    return ungranted(`journal ${refused ?? ''}`.trim());
  return { aggregate: wanted };
}
