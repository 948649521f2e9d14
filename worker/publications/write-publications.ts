/**
 * Appends public events to the feeds of their publications in pages: those of one batch, one tenant and one publication.
 * Without public events there is no statement.
 */

import type { PublishedEvent } from '../../core/publication/publication.ts';
import { arraysOf } from '../../core/values/json-arrays.ts';
import { HEAD } from '../journal/page-sql.ts';
import { type MeasuredText, measuredText, pagesOf } from '../journal/page-texts.ts';
import type { PublishedFeed } from '../wake-ups/wake-subscriptions.ts';
import { toPublicPageEvent } from './page-event.ts';

/**
 * Positions are those of one publication for one tenant, and continue after its newest page. `journal` is the journal's
 * newest position, after the events of the same batch. `published_at` never falls, whatever the clock does. The subscriptions of the feed are read with it, at no trip more.
 */
const APPEND = `
  INSERT INTO publication_page (tenant, publication, first, events, types, journal, published_at, body)
  SELECT value ->> 0, value ->> 1,
    coalesce((SELECT first + events FROM publication_page
      WHERE tenant = value ->> 0 AND publication = value ->> 1 ORDER BY first DESC LIMIT 1), 1)
      + sum(value ->> 2) OVER (PARTITION BY value ->> 0, value ->> 1 ORDER BY key) - (value ->> 2),
    value ->> 2, value -> 3, ${HEAD}, max(CAST(unixepoch('subsec') * 1000 AS INTEGER),
      coalesce((SELECT published_at FROM publication_page
        WHERE tenant = value ->> 0 AND publication = value ->> 1 ORDER BY first DESC LIMIT 1), 0)), value -> 4
  FROM json_each(?) ORDER BY key
  RETURNING tenant, publication, first + events - 1 AS last, (
    SELECT json_group_array(id) FROM subscription AS own
    WHERE own.tenant = publication_page.tenant AND own.publication = publication_page.publication) AS subscriptions`;

/** For the batch that moves the checkpoints of their sources, after the journal's pages. */
export function appendToPublications(
  database: D1Database,
  published: readonly PublishedEvent[],
): D1PreparedStatement[] {
  if (published.length === 0) return [];
  const feeds = Map.groupBy(published, ({ tenant, publication }) => `${tenant}/${publication}`);
  const pages = [...feeds.values()].flatMap((own) => pagesOf(own.map(measured)).map(pageText));
  const append = database.prepare(APPEND);
  return arraysOf(pages).map((value) => append.bind(value));
}

/** What the statements have written: each page, with the subscriptions of its feed. */
export function publishedFeeds(results: readonly D1Result[]): PublishedFeed[] {
  // The statement determines the type of the rows.
  const rows = results.flatMap((one) => one.results as PageRow[]);
  return rows.map(({ subscriptions, ...feed }) => ({
    ...feed,
    subscriptions: JSON.parse(subscriptions),
  }));
}

type PageRow = Omit<PublishedFeed, 'subscriptions'> & { readonly subscriptions: string };

function measured(event: PublishedEvent): MeasuredText<PublishedEvent> {
  return measuredText(event, toPublicPageEvent(event));
}

function pageText(page: readonly MeasuredText<PublishedEvent>[]): string {
  const events = page.map(({ event }) => event);
  const [first] = events;
  const types = JSON.stringify([...new Set(events.map(({ type }) => type))]);
  const feed = `${JSON.stringify(first?.tenant)},${JSON.stringify(first?.publication)}`;
  return `[${feed},${page.length},${types},[${page.map(({ text }) => text).join(',')}]]`;
}
