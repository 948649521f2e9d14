/** Deletes D1's copies of the keys of subjects with the events that forget them, in the batch that brings those. */
import { OWN_AGGREGATE_PREFIX } from '../../core/access/own-tenant.ts';
import type { StoredEvent } from '../../core/aggregate/event.ts';
import { parseStreamName } from '../../core/aggregate/stream.ts';
import { type SubjectEvent, subject } from '../../core/personal/subject.ts';
import type { SetStatement } from './row-statements.ts';

/** The row stays without a key: it says that the subject is forgotten, which spares readers a request to its object. */
const FORGET = `
  INSERT INTO subject_key (tenant, subject, incarnation) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)
  WHERE true
  ON CONFLICT (tenant, subject) DO UPDATE SET incarnation = excluded.incarnation, wrapped = NULL
  WHERE excluded.incarnation >= subject_key.incarnation`;

export function forgottenCopies(events: readonly StoredEvent[]): SetStatement {
  return { sql: FORGET, rows: events.flatMap(forgotten) };
}

function forgotten({ tenant, stream, type, data }: StoredEvent): unknown[][] {
  if (!stream.startsWith(OWN_AGGREGATE_PREFIX)) return [];
  const { aggregate, id } = parseStreamName(stream) ?? {};
  const isForgetting =
    aggregate === subject.name && type === ('SubjectForgotten' satisfies SubjectEvent);
  // What the definition of the aggregate says of it.
  return isForgetting ? [[tenant, id, (data as { incarnation: number }).incarnation]] : [];
}
