/**
 * The leases of a group: which messages a consumer has, until when. Each is one row, which taking it, and each answer of
 * its consumer, writes once: it also has the place in the feed, and what is settled behind it. A row is used again once
 * nothing of it is needed.
 */
import {
  formatPosition,
  JOURNAL_START,
  type JournalPosition,
  parsePosition,
} from '../../core/plan/journal-position.ts';
import type { OutgoingEvent } from '../feed-reader/feed-page.ts';
import type { ObjectTables } from '../object-tables.ts';

/** Ours: so many newest leases are remembered, so that an acknowledgement that comes again is recognised. */
const REMEMBERED = 32;

export interface GroupLease {
  readonly slot: number;
  readonly fence: number;
  /** The principal. */
  readonly holder: string;
  readonly takenAtMs: number;
  untilMs: number;
  /** D1 was restored: it keeps its streams from other consumers, and settles nothing. */
  isVoid: boolean;
  /** The streams of the messages that are not settled, by position, in order. */
  readonly open: Map<number, string>;
  /** The positions of those that are. */
  acked: number[];
}

type Row = {
  slot: number;
  fence: number;
  holder: string;
  taken_at: number;
  until: number;
  void: number;
} & Record<'open' | 'acked' | 'cursor', string>;

const READ = 'SELECT slot, fence, holder, taken_at, until, void, open, acked, cursor FROM lease';

const WRITE = `
  INSERT INTO lease (slot, fence, holder, taken_at, until, void, open, acked, cursor) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (slot) DO UPDATE SET fence = excluded.fence, holder = excluded.holder, taken_at = excluded.taken_at,
    until = excluded.until, void = excluded.void, open = excluded.open, acked = excluded.acked, cursor = excluded.cursor`;

const READ_FENCE =
  'SELECT max(fence) AS fence FROM (SELECT fence FROM lease UNION ALL SELECT fence FROM consumer_group)';

export class GroupLeases {
  readonly #tables: ObjectTables;
  /** By fencing number, in the order in which they were taken. */
  readonly #leases = new Map<number, GroupLease>();
  #fence = 0;
  /** The latest place in the feed that a lease has. */
  readonly cursor: JournalPosition = JOURNAL_START;

  constructor(tables: ObjectTables) {
    this.#tables = tables;
    if (!tables.isStored || tables.isErased) return;
    const rows = tables.sql.exec<Row>(`${READ} ORDER BY fence`).toArray();
    for (const { taken_at, until, void: isVoid, open, acked, cursor, ...row } of rows) {
      const place = parsePosition(cursor);
      if (place && place.position > this.cursor.position) this.cursor = place;
      const times = { takenAtMs: taken_at, untilMs: until, isVoid: isVoid === 1 };
      const lease = { ...row, ...times, open: new Map<number, string>(JSON.parse(open)) };
      this.#leases.set(row.fence, { ...lease, acked: JSON.parse(acked) });
    }
    const [last] = tables.sql.exec<{ fence: number | null }>(READ_FENCE).toArray();
    this.#fence = last?.fence ?? 0;
  }

  /** The highest fencing number of the group. */
  get fence(): number {
    return this.#fence;
  }

  find(fence: number): GroupLease | undefined {
    return this.#leases.get(fence);
  }

  all(): GroupLease[] {
    return [...this.#leases.values()];
  }

  /** Those with messages that are not settled. */
  open(): GroupLease[] {
    return this.all().filter(({ open }) => open.size > 0);
  }

  /** The streams with a leased message. */
  streams(): Set<string> {
    return new Set(this.open().flatMap(({ open }) => [...open.values()]));
  }

  /** Settled positions of the feed. */
  acked(): number[] {
    return this.all().flatMap(({ acked }) => acked);
  }

  take(
    messages: readonly Pick<OutgoingEvent, 'stream' | 'position'>[],
    given: Pick<GroupLease, 'holder' | 'takenAtMs' | 'untilMs'>,
    low: JournalPosition,
  ): GroupLease {
    const open = new Map(messages.map(({ position, stream }) => [position, stream]));
    const slot = this.#freeSlot(low.position);
    const lease = { ...given, slot, fence: ++this.#fence, isVoid: false, open, acked: [] };
    this.write(lease, low);
    this.#leases.set(lease.fence, lease);
    return lease;
  }

  write(lease: GroupLease, low: JournalPosition): void {
    const { slot, fence, holder, takenAtMs, untilMs, isVoid, open, acked } = lease;
    this.#tables.write(
      WRITE,
      ...[slot, fence, holder, takenAtMs, untilMs, isVoid ? 1 : 0],
      ...[JSON.stringify([...open]), JSON.stringify(acked), formatPosition(low)],
    );
  }

  /** D1 was restored to what it had up to a position: the leases of what is behind it are void. */
  voidBehind(low: JournalPosition, common: JournalPosition): void {
    for (const lease of this.all()) {
      lease.acked = lease.acked.filter((position) => position <= common.position);
      lease.isVoid ||= [...lease.open.keys()].some((position) => position > common.position);
      this.write(lease, low);
    }
  }

  forgetAll(): void {
    this.#leases.clear();
    this.#tables.write('DELETE FROM lease');
  }

  /** The row of the oldest lease whose messages are settled, also for a reader that begins at the place in the feed. */
  #freeSlot(low: number): number {
    const oldest = this.all().find(
      ({ open, acked }) => open.size === 0 && acked.every((position) => position <= low),
    );
    if (!oldest || this.#leases.size < REMEMBERED) return this.#leases.size + 1;
    this.#leases.delete(oldest.fence);
    return oldest.slot;
  }
}
