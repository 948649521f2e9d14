/** `GET /v1/events`: the journal, from any position on, for who wants to follow everything that happens. */
import { Hono } from 'hono';
import * as z from 'zod';
import { type App, findAggregate } from '../../core/app.ts';
import { JOURNAL_START, POSITION_PATTERN, parsePosition } from '../../core/journal-position.ts';
import { LIST_RULE } from '../../core/list-text.ts';
import { invalid } from '../../core/outcome.ts';
import { parseStreamName } from '../../core/stream.ts';
import type { ApiTypes } from '../http/auth.ts';
import { nextLink } from '../http/cursor.ts';
import { isHead } from '../http/head.ts';
import { problemResponse } from '../http/problem-response.ts';
import { listOf, readQuery, wholeNumber } from '../http/query-parameters.ts';
import type { Machinery } from '../machinery.ts';
import { journalFeed } from '../queries/journal-feed.ts';

const NAMES_MAX = 100;
const NO_NAME = 'Send at least one name, or leave this parameter out.';

function hasItems(list: readonly unknown[]): boolean {
  return list.length > 0;
}

/** A name that the app does not have would match nothing, now and for ever: that is a mistake, and said to be one. */
export function feedInput(app: App) {
  const aggregates = app.aggregates.map(({ name }) => name);
  const types = new Set(app.aggregates.flatMap(({ events }) => Object.keys(events)));
  return z.strictObject({
    after: z
      .string()
      .regex(POSITION_PATTERN, 'Send a position as it was answered.')
      .describe('A position as it was answered; exclusive. Left out: from the beginning.')
      .exactOptional(),
    limit: wholeNumber({ min: 1, max: 1_000, default: 100 }),
    type: listOf(z.enum([...types]), NAMES_MAX)
      .refine(hasItems, NO_NAME)
      .describe(`Event types. ${LIST_RULE}`)
      .exactOptional(),
    aggregate: listOf(z.enum(aggregates), NAMES_MAX)
      .refine(hasItems, NO_NAME)
      .describe(`Aggregate types. ${LIST_RULE}`)
      .exactOptional(),
    stream: z
      .string()
      .refine((stream) => isStream(app, stream), 'Send a stream like order/o-1.')
      .describe('One stream, like order/o-1.')
      .exactOptional(),
    wait: wholeNumber({ min: 0, max: 30, default: 0 }).describe(
      'How many seconds to wait for an event when there is none yet.',
    ),
  });
}

function isStream(app: App, text: string): boolean {
  const stream = parseStreamName(text);
  return stream !== undefined && findAggregate(app, stream.aggregate) !== undefined;
}

export function eventsRoute(machinery: Machinery): Hono<ApiTypes> {
  const { app, platform } = machinery;
  const feed = feedInput(app);
  return new Hono<ApiTypes>().get('/', async (context) => {
    const { url, raw } = context.req;
    const input = readQuery(url, feed);
    if ('failure' in input) return problemResponse(input.failure);
    const { tenant } = context.get('caller');
    const database = platform.database(context.env, tenant);
    const { after: text, ...rest } = input.value;
    const after = text === undefined ? JOURNAL_START : parsePosition(text);
    if (!after) return problemResponse(invalid('after', 'Send a position as it was answered.'));
    const wanted = { ...rest, after, wait: isHead(raw) ? 0 : rest.wait };
    const page = await journalFeed(machinery, database, tenant, wanted, raw.signal);
    if ('outcome' in page) return problemResponse(page);
    return Response.json(page, { headers: nextLink(url, 'after', page.after) });
  });
}
