/** Appends events to the journal in pages: those of one batch and one tenant, within a number and bytes. */

import { OWN_AGGREGATE_PREFIX } from '../../core/access/own-tenant.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { aggregateOf } from '../../core/aggregate/stream.ts';
import { arraysOf } from '../../core/values/json-arrays.ts';
import { toPageEvent } from './page-event.ts';
import { HEAD } from './page-sql.ts';
import { type MeasuredText, measuredText, pagesOf } from './page-texts.ts';

/**
 * Positions continue after the newest page, in the order of the rows. Types and body stay JSON (`->`): as JSON strings
 * they would be escaped to almost twice their size.
 */
const APPEND = `
  INSERT INTO journal_page (first, tenant, types, events, first_recorded_at, body)
  SELECT ${HEAD} + 1 + sum(value ->> 2) OVER (ORDER BY key) - (value ->> 2), value ->> 0, value -> 1, value ->> 2,
    value ->> 3, value -> 4
  FROM json_each(?) ORDER BY key`;

/** For the batch that moves the checkpoints of the events. */
export function appendToJournal(
  database: D1Database,
  events: readonly StoredEvent[],
): D1PreparedStatement[] {
  const perTenant = Map.groupBy(events, ({ tenant }) => tenant);
  const pages = [...perTenant].flatMap(([tenant, own]) =>
    pagesOf(own.map(measured)).map((page) => pageText(tenant, page)),
  );
  const append = database.prepare(APPEND);
  return arraysOf(pages).map((value) => append.bind(value));
}

function measured(event: StoredEvent): MeasuredText<StoredEvent> {
  return measuredText(event, toPageEvent(event));
}

function pageText(tenant: string, page: readonly MeasuredText<StoredEvent>[]): string {
  const events = page.map(({ event }) => event);
  const types = JSON.stringify([...new Set(events.flatMap(typesOf))]);
  const [firstRecordedAt] = events.map(({ recordedAt }) => recordedAt).sort();
  const facts = `${JSON.stringify(tenant)},${types},${page.length},"${firstRecordedAt}"`;
  return `[${facts},[${page.map(({ text }) => text).join(',')}]]`;
}

/** With the aggregate, so that the feed opens no page in vain. The feed has no event of Ledge's own aggregates. */
function typesOf({ stream, type }: StoredEvent): string[] {
  return stream.startsWith(OWN_AGGREGATE_PREFIX) ? [] : [`${aggregateOf(stream)}/${type}`];
}
