/** Pages of the journal whose events came long ago, and damage to them. */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import { HEAD } from '../../../worker/journal/page-sql.ts';
import { appendToJournal } from '../../../worker/journal/write-journal.ts';
import { env, rowsOf } from './harness.ts';

const AT = '2026-01-01T00:00:00.000Z';

const some: StoredEvent = {
  ...{ tenant: 'main', stream: 'troublesome/old', version: 1, id: 'e', type: 'Worked' },
  ...{ schemaVersion: 1, data: { note: '' }, recordedAt: AT, occurredAt: AT },
  metadata: { actor: 'a', commandId: 'c', causationId: 'c', correlationId: 'c' },
};

/** Each as the events of one batch. Versions count on within a page, but for the given ones. */
export async function storePages(
  ...pages: readonly (readonly Partial<StoredEvent>[])[]
): Promise<void> {
  const statements = pages.flatMap((page) =>
    appendToJournal(
      env.DB,
      page.map((event, index) => ({ ...some, version: index + 1, ...event })),
    ),
  );
  if (statements.length > 0) await env.DB.batch(statements);
}

const MANY = 1_000;

/** So many events of one tenant, in full pages: a multiple of a thousand. */
export async function storeMany(count: number, tenant: string): Promise<void> {
  const { data, metadata } = some;
  const event = ['troublesome/many', 1, 'e', 'Worked', 1, data, AT, AT, metadata];
  await rowsOf(
    `WITH RECURSIVE line(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < ?1)
     INSERT INTO journal_page (first, tenant, types, events, first_recorded_at, body)
     SELECT ${HEAD} + 1 + (n - 1) * ${MANY}, ?2, '["troublesome/Worked"]', ${MANY}, ?3, ?4 FROM line`,
    ...[count / MANY, tenant, AT, JSON.stringify(Array(MANY).fill(event))],
  );
}

/** Deletes the whole page that has the position. */
export function losePage(position: number): Promise<unknown> {
  return rowsOf('DELETE FROM journal_page WHERE first <= ?1 AND first + events > ?1', position);
}

/** The first position and the number of events of each page. */
export async function pages(): Promise<[first: number, events: number][]> {
  const rows = await rowsOf<{ first: number; events: number }>(
    'SELECT first, events FROM journal_page ORDER BY first',
  );
  return rows.map(({ first, events }) => [first, events]);
}
