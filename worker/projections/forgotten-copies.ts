/** The subjects that events forget, whose copies of keys D1 loses in the batch that brings the events. */
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

export interface ForgottenSubject {
  readonly tenant: string;
  readonly subject: string;
  /** Of the key that is destroyed. */
  readonly incarnation: number;
}

export function forgottenCopies(forgotten: readonly ForgottenSubject[]): SetStatement {
  const rows = forgotten.map(({ tenant, subject: id, incarnation }) => [tenant, id, incarnation]);
  return { sql: FORGET, rows };
}

export function subjectsForgottenBy(events: readonly StoredEvent[]): ForgottenSubject[] {
  return events.flatMap(forgottenBy);
}

function forgottenBy({ tenant, stream, type, data }: StoredEvent): ForgottenSubject[] {
  if (!stream.startsWith(OWN_AGGREGATE_PREFIX)) return [];
  const { aggregate, id = '' } = parseStreamName(stream) ?? {};
  const isForgetting =
    aggregate === subject.name && type === ('SubjectForgotten' satisfies SubjectEvent);
  // What the definition of the aggregate says of it.
  const { incarnation } = data as { incarnation: number };
  return isForgetting ? [{ tenant, subject: id, incarnation }] : [];
}
