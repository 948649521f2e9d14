/** Appends events to the journal in pages: those of one batch and one tenant, within a number and bytes. */

import { OWN_AGGREGATE_PREFIX } from '../../core/access/own-tenant.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { aggregateOf } from '../../core/aggregate/stream.ts';
import { runsWithinBytes, utf8Bytes } from '../../core/values/bytes.ts';
import { arraysOf } from '../../core/values/json-arrays.ts';
import { toPageEvent } from './page-event.ts';
import { HEAD } from './page-sql.ts';

/** Our limits: a page is read and erased as a whole. A row of D1 has at most 2 MB. */
const BODY_BYTES_MAX = 1_000_000;
export const PAGE_EVENTS_MAX = 1_000;

/** The minimum that an event counts, so that one limit covers both number and bytes. */
const EVENT_BYTES_MIN = BODY_BYTES_MAX / PAGE_EVENTS_MAX;

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
    runsWithinBytes(own.map(measured), ({ bytes }) => bytes, BODY_BYTES_MAX).map((page) =>
      pageText(tenant, page),
    ),
  );
  const append = database.prepare(APPEND);
  return arraysOf(pages).map((value) => append.bind(value));
}

interface Measured {
  readonly event: StoredEvent;
  readonly text: string;
  readonly bytes: number;
}

function measured(event: StoredEvent): Measured {
  const text = JSON.stringify(toPageEvent(event));
  return { event, text, bytes: Math.max(utf8Bytes(text) + 1, EVENT_BYTES_MIN) };
}

function pageText(tenant: string, page: readonly Measured[]): string {
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
