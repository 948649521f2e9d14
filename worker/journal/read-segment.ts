/** Reads the segment of R2 that has the events after a position. The row comes from D1, in the batch that reads pages. */
import type { JournalStore } from './journal-store.ts';
import type { TaggedEvent } from './page-event.ts';
import { DamagedSegment, readObject } from './segment-object.ts';

const COLUMNS = `last, first, tenants, object, bytes, digest, lower(hex(tag)) AS tag,
    first_recorded_at AS firstRecordedAt`;

/** No row after the newest segment: the position is in a page. */
export const READ_SEGMENT = `
  SELECT ${COLUMNS} FROM journal_segment WHERE last > ? ORDER BY last LIMIT 1`;

export const READ_SEGMENT_OF_TENANT = `
  SELECT ${COLUMNS} FROM journal_segment
  WHERE EXISTS (SELECT 1 FROM json_each(tenants) WHERE value = ?) ORDER BY last LIMIT 1`;

export interface SegmentRow {
  readonly first: number;
  readonly last: number;
  /** JSON. */
  readonly tenants: string;
  readonly object: string;
  readonly bytes: number;
  readonly digest: string;
  /** Of the last position. */
  readonly tag: string;
  readonly firstRecordedAt: string;
}

/** The row of the result of READ_SEGMENT. */
export function segmentIn(result: D1Result | undefined): SegmentRow | undefined {
  // The statement determines the type of the rows.
  return (result?.results as SegmentRow[] | undefined)?.[0];
}

/** The events of an object, parsed one at a time: a reader that needs few of them pays for few. */
export class OpenSegment {
  readonly #row: SegmentRow;
  readonly #lines: readonly string[];

  constructor(row: SegmentRow, lines: readonly string[]) {
    this.#row = row;
    this.#lines = lines;
  }

  /** Undefined outside of the segment. */
  at(position: number): TaggedEvent | undefined {
    const line = this.#lines[position - this.#row.first];
    return line === undefined ? undefined : JSON.parse(line);
  }

  /** The first events after a position that match, in their order. */
  after(
    position: number,
    limit: number,
    matches: (event: TaggedEvent) => boolean = () => true,
  ): TaggedEvent[] {
    const found: TaggedEvent[] = [];
    let next = Math.max(position + 1, this.#row.first);
    for (; next <= this.#row.last && found.length < limit; next++) {
      const event = this.at(next);
      if (event && matches(event)) found.push(event);
    }
    return found;
  }
}

/**
 * @throws DamagedSegment if the object is missing or is not what was written; UnreachableBucket
 */
export async function openSegment({ bucket }: JournalStore, row: SegmentRow): Promise<OpenSegment> {
  const lines = await readObject(bucket, { name: row.object, digest: row.digest });
  const events = row.last - row.first + 1;
  if (lines.length !== events) throw new DamagedSegment(row.object, `lacks events of ${events}`);
  return new OpenSegment(row, lines);
}
