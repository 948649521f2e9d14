/** The events with values of a subject, over a part of the journal: pages of D1, or a segment of R2. */
import type { Failure } from '../../core/aggregate/outcome.ts';
import type { ExportedSubjectEvent } from '../../core/operator-shapes/subject-export.ts';
import type { JournalPosition } from '../../core/plan/journal-position.ts';
import { type DescribedSubject, describedData } from '../personal/described-data.ts';
import { feedFailure } from '../queries/feed-failure.ts';
import { readFilledPage } from '../queries/filled-page.ts';
import { newestOrStored } from '../queries/journal-feed.ts';
import type { SubjectExport } from './subject-export.ts';

/** Ours: of a page, which may have fewer by their bytes. */
const EVENTS_MAX = 500;

export interface SubjectEvents {
  readonly events: readonly ExportedSubjectEvent[];
  /** Undefined at the end of the journal. */
  readonly next: JournalPosition | undefined;
}

export async function subjectEvents(
  { machinery, reader, projector, shown }: Omit<SubjectExport, 'lastServed'>,
  of: DescribedSubject,
  after: JournalPosition,
): Promise<SubjectEvents | Failure> {
  const { app, platform } = machinery;
  const { subject } = of;
  const page = await readFilledPage(projector, reader.tenant, after, EVENTS_MAX, { subject });
  if (!('events' in page))
    return feedFailure('a position of the journal is missing', page, shown, platform.log);
  const found = page.events.map(({ position: _position, tag: _tag, ...event }) =>
    newestOrStored(app, platform.log, event),
  );
  const described = await describedData(
    reader,
    of,
    found.map(({ data }) => data),
  );
  const events = found.flatMap(({ stream, version, type, recordedAt, occurredAt }, index) => {
    const data = described[index];
    return data ? [{ stream, version, type, recordedAt, occurredAt, ...data }] : [];
  });
  return { events, next: page.isEnd ? undefined : page.after };
}
