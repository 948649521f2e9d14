/**
 * What the deployment has about a subject, to answer its request for access: events of the journal, also of R2, then rows
 * of read models. A page examines a bounded part of both, so a caller follows the cursor to the end.
 */
import { ungranted } from '../../core/access/rights.ts';
import { type Failure, invalid, wrongState } from '../../core/aggregate/outcome.ts';
import type { SubjectExportPage } from '../../core/operator-shapes/subject-export.ts';
import { JOURNAL_START } from '../../core/plan/journal-position.ts';
import { decodeCursor, encodeCursor } from '../http/cursor.ts';
import { requirePersonalKey } from '../personal/require-personal-key.ts';
import { subjectEvents } from './export-subject-events.ts';
import { FIRST_ROWS, type RowsPlace, subjectRows } from './export-subject-rows.ts';
import { shownSubject } from './manage-subjects.ts';
import type { SubjectExport } from './subject-export.ts';

/** @throws MissingPersonalKey, and where no key can be read */
export async function exportSubject(
  by: SubjectExport,
  subject: string,
  cursor: string | undefined,
): Promise<SubjectExportPage | Failure> {
  const { machinery, reader } = by;
  const { tenant, caller, env } = reader;
  if (!reader.opensPersonal) return ungranted('personal');
  const known = await shownSubject({ env, machinery, caller }, subject);
  if ('outcome' in known) return known;
  if (known.status === 'forgotten') return forgotten(subject, known.receipt?.forgottenAt);
  requirePersonalKey(env);
  const { incarnation } = known;
  const place = placeOf(by, subject, cursor);
  const page = { tenant, subject, events: [], rows: [], left: [] };
  if (!place) return invalid('cursor', 'Send a cursor as it was answered for this subject.');
  if ('address' in place) {
    const found = await subjectRows(by, { subject, incarnation }, place);
    if ('outcome' in found) return found;
    const { next, ...rows } = found;
    return { ...page, ...rows, ...(next && { cursor: rowsCursor(tenant, subject, next) }) };
  }
  const found = await subjectEvents(by, { subject, incarnation }, place);
  if ('outcome' in found) return found;
  const { next, events } = found;
  const after = next ? by.shown.examined(next) : rowsCursor(tenant, subject, FIRST_ROWS);
  return { ...page, events, cursor: after };
}

/** A position is no cursor of rows. */
function placeOf({ shown, reader }: SubjectExport, subject: string, cursor: string | undefined) {
  if (cursor === undefined) return JOURNAL_START;
  const position = shown.parse(cursor);
  if (position) return position;
  const [address, after] = decodeCursor(rowsOf(reader.tenant, subject), cursor) ?? [];
  return typeof address === 'string' && typeof after === 'string' ? { address, after } : undefined;
}

function rowsCursor(tenant: string, subject: string, { address, after }: RowsPlace): string {
  return encodeCursor(rowsOf(tenant, subject), [address, after]);
}

function rowsOf(tenant: string, subject: string): readonly string[] {
  return ['subject-rows', tenant, subject];
}

function forgotten(subject: string, at = 'before the newest entries of its history'): Failure {
  return wrongState(
    `${subject} was forgotten, ${at}: the key of its personal fields is destroyed, and nothing opens them. The receipt of the forgetting answers a request for access.`,
  );
}
