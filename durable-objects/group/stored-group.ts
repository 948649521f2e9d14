/** What the object of a consumer group stores of it, besides its leases and held streams: one row. */
import {
  formatPosition,
  JOURNAL_START,
  type JournalPosition,
  parsePosition,
} from '../../core/plan/journal-position.ts';
import type { FeedSelection } from '../feed-reader/feed-page.ts';
import { HELD_TABLES } from '../feed-reader/held-streams.ts';
import type { ObjectSchema, ObjectTables } from '../object-tables.ts';

/** What does not change. */
export interface GroupDefinition extends FeedSelection {
  /** As many failed attempts park a message. */
  readonly attempts: number;
  /** A digest of what was asked for, by which a repeat is recognised. */
  readonly asked: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface GroupRecord {
  readonly definition: GroupDefinition;
  /** Up to which the feed was settled when the row was written. Leases know a later place. */
  readonly cursor: JournalPosition;
  /** Positions behind it whose events wait in the tables of held streams. */
  readonly passed: readonly number[];
  /** Since when there are messages that no consumer asks for. */
  readonly unreadSinceMs: number | null;
  /** The cause that operators were reported; null: none. */
  readonly reported: string | null;
}

export const GROUP_SCHEMA: ObjectSchema = {
  base: `
  CREATE TABLE object (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    format INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE consumer_group (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    definition TEXT, -- JSON; NULL: it was deleted, and may be made again
    cursor TEXT NOT NULL,
    passed TEXT NOT NULL, -- JSON
    unread_since INTEGER,
    reported TEXT,
    fence INTEGER NOT NULL -- leases that were deleted have this one at most
  ) STRICT;
  CREATE TABLE lease (
    slot INTEGER PRIMARY KEY, -- used again once nothing of its lease is needed
    fence INTEGER NOT NULL,
    holder TEXT NOT NULL,
    taken_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    void INTEGER NOT NULL,
    open TEXT NOT NULL, -- JSON: position and stream of each message that is not settled
    acked TEXT NOT NULL, -- JSON: positions
    cursor TEXT NOT NULL
  ) STRICT;${HELD_TABLES}`,
  onDemand: {},
  migrations: [],
};

type Row = Record<'cursor' | 'passed', string> & {
  definition: string | null;
  unread_since: number | null;
  reported: string | null;
};

const READ = 'SELECT definition, cursor, passed, unread_since, reported FROM consumer_group';

const WRITE = `
  INSERT INTO consumer_group (id, definition, cursor, passed, unread_since, reported, fence)
  VALUES (1, ?, ?, ?, ?, ?, 0)
  ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, cursor = excluded.cursor,
    passed = excluded.passed, unread_since = excluded.unread_since, reported = excluded.reported`;

const END = `UPDATE consumer_group SET definition = NULL, fence = max(fence, ?)`;

export class GroupRow {
  readonly #tables: ObjectTables;
  #known: GroupRecord | undefined;

  constructor(tables: ObjectTables) {
    this.#tables = tables;
  }

  /** Undefined: there is none. */
  get stored(): GroupRecord | undefined {
    if (!this.#tables.isStored || this.#tables.isErased) return undefined;
    this.#known ??= this.#read();
    return this.#known;
  }

  create(definition: GroupDefinition, cursor: JournalPosition): void {
    this.#write({ definition, cursor, passed: [], unreadSinceMs: null, reported: null });
  }

  /** It is read again: a transaction was rolled back. */
  forget(): void {
    this.#known = undefined;
  }

  /** Nothing is written where nothing changes. */
  change(change: Partial<GroupRecord>): void {
    const { stored } = this;
    if (!stored) return;
    const changed = { ...stored, ...change };
    if (JSON.stringify(changed) !== JSON.stringify(stored)) this.#write(changed);
  }

  /** Its fencing numbers go on where a group of its name is made again. */
  end(fence: number): void {
    this.#tables.write(END, fence);
    this.#known = undefined;
  }

  #write(stored: GroupRecord): void {
    const { definition, cursor, passed, unreadSinceMs, reported } = stored;
    const texts = [JSON.stringify(definition), formatPosition(cursor), JSON.stringify(passed)];
    this.#tables.write(WRITE, ...texts, unreadSinceMs, reported);
    this.#known = stored;
  }

  #read(): GroupRecord | undefined {
    const [row] = this.#tables.sql.exec<Row>(READ).toArray();
    if (!row || row.definition === null) return undefined;
    // As `#write` has written them.
    return {
      definition: JSON.parse(row.definition),
      cursor: parsePosition(row.cursor) ?? JOURNAL_START,
      passed: JSON.parse(row.passed),
      unreadSinceMs: row.unread_since,
      reported: row.reported,
    };
  }
}
