/**
 * Erases a tenant's events from the segments of R2: the object is replaced by one without their content, and deleted once
 * no restore of D1 can name it (unnamed-objects).
 */
import { runD1Batch } from '../d1/run-d1-batch.ts';
import type { JournalStore } from './journal-store.ts';
import type { TaggedEvent } from './page-event.ts';
import {
  type OpenSegment,
  openSegment,
  READ_SEGMENT_OF_TENANT,
  type SegmentRow,
} from './read-segment.ts';
import { objectColumns } from './seal-journal.ts';
import { putObject, segmentObject, UnreachableBucket } from './segment-object.ts';
import { isRegistered, nameObject, registerObject } from './unnamed-objects.ts';

/** NULL, and so a lost race, if the segment has another object by now, or this one is being deleted. */
const REPLACE = `
  INSERT INTO journal_segment (last, first, tenants, object, bytes, digest, tag, first_recorded_at, sealed_at)
  VALUES (?1, CASE WHEN ${isRegistered('?4')} THEN
      (SELECT first FROM journal_segment WHERE last = ?1 AND object = ?2) END,
    ?3, ?4, ?5, ?6, x'', '', '')
  ON CONFLICT (last) DO UPDATE SET
    tenants = excluded.tenants, object = excluded.object, bytes = excluded.bytes, digest = excluded.digest`;

const COUNT = 'UPDATE erasure SET events = events + ?2, objects = objects + 1 WHERE tenant = ?1';

/** Two that run at the same time replace and count each object once. `false`: no segment has an event of the tenant. */
export async function eraseFromSegment(
  journal: JournalStore,
  tenant: string,
  nowMs: number,
): Promise<boolean> {
  const { name, database, bucket } = journal;
  const row = await database
    .withSession('first-primary')
    .prepare(READ_SEGMENT_OF_TENANT)
    .bind(tenant)
    .first<SegmentRow>();
  if (!row) return false;
  if (!bucket) throw new UnreachableBucket(`The Worker has no bucket to replace ${row.object}.`);
  const { events, erased } = withoutTenant(await openSegment(journal, row), tenant);
  const object = await segmentObject(name, epochOf(row), events);
  await registerObject(database, object, nowMs);
  await putObject(bucket, object);
  const written = await runD1Batch(database, [
    database.prepare(REPLACE).bind(row.last, row.object, ...objectColumns(events, object)),
    database.prepare(COUNT).bind(tenant, erased),
    ...nameObject(database, object.name, { object: row.object, nowMs }),
  ]);
  if (written.outcome === 'refused') throw written.error;
  return true;
}

/** The positions, the tags and the times stay, as in a page that is erased. */
function withoutTenant(segment: OpenSegment, tenant: string) {
  let erased = 0;
  const events: TaggedEvent[] = [];
  for (const event of segment.after(0, Infinity)) {
    const isErased = event.tenant === tenant;
    if (isErased) erased++;
    events.push(isErased ? blank(event) : event);
  }
  return { events, erased };
}

function blank(event: TaggedEvent): TaggedEvent {
  return {
    ...event,
    ...{ tenant: '', stream: '', id: '', type: '', data: null },
    metadata: {} as TaggedEvent['metadata'],
  };
}

/** A name is `database/epoch/…`. */
function epochOf({ object }: SegmentRow): number {
  return Number(object.split('/')[1]);
}
