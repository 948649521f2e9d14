/** What the object of a subscription stores of it: one row, which each page of deliveries writes once. */
import type {
  DeliveryAttempt,
  SubscriptionStatus,
} from '../../core/operator-shapes/subscription.ts';
import {
  formatPosition,
  JOURNAL_START,
  type JournalPosition,
  parsePosition,
} from '../../core/plan/journal-position.ts';
import type { SubscriptionFault } from '../../core/subscription/subscription-fault.ts';
import type { SubscriptionTarget } from '../../core/subscription/target.ts';
import { HEALTHY, type TargetHealth } from '../../core/subscription/target-health.ts';
import type { FeedSelection } from '../feed-reader/feed-page.ts';
import { HELD_TABLES } from '../feed-reader/held-streams.ts';
import type { ObjectSchema, ObjectTables } from '../object-tables.ts';

/** What does not change. */
export interface SubscriptionDefinition extends FeedSelection {
  readonly target: SubscriptionTarget;
  /** How many events are sent together at most. */
  readonly batch: number;
  /** Left out: a stream is delivered in its order. */
  readonly isUnordered?: true;
  /** Left out: personal fields are null. */
  readonly opensPersonal?: true;
  /** A digest of what was asked for, by which a repeat is recognised. */
  readonly asked: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

/** `untilMs`: of a secret that was rotated; null: the newest one. */
export interface SealedSecret {
  readonly sealed: string;
  readonly untilMs: number | null;
}

export interface NewSubscription {
  readonly definition: SubscriptionDefinition;
  /** The secret that signs; null: the target is a binding. */
  readonly sealed: string | null;
  readonly cursor: JournalPosition;
}

export interface SubscriptionRecord {
  readonly definition: SubscriptionDefinition;
  /** The newest first; a binding has none. */
  readonly secrets: readonly SealedSecret[];
  readonly status: SubscriptionStatus;
  readonly reason: string | null;
  readonly fault: SubscriptionFault | null;
  /** Up to which every event of the feed was delivered or is held. */
  readonly cursor: JournalPosition;
  readonly health: TargetHealth;
  readonly attempts: readonly DeliveryAttempt[];
  /** The cause that operators were reported; null: none. */
  readonly reported: string | null;
}

export const SUBSCRIPTION_SCHEMA: ObjectSchema = {
  base: `
  CREATE TABLE object (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    name TEXT NOT NULL,
    format INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE subscription (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    definition TEXT NOT NULL, -- JSON
    secrets TEXT NOT NULL, -- JSON
    status TEXT NOT NULL,
    reason TEXT,
    fault TEXT,
    cursor TEXT NOT NULL,
    health TEXT NOT NULL, -- JSON
    attempts TEXT NOT NULL, -- JSON
    reported TEXT
  ) STRICT;
${HELD_TABLES}`,
  onDemand: {},
  migrations: [],
};

/** Ours: what an operator looks at. They share the row that each page writes. */
const ATTEMPTS_KEPT = 20;

type Row = Record<
  'definition' | 'secrets' | 'status' | 'cursor' | 'health' | 'attempts',
  string
> & { reason: string | null; fault: string | null; reported: string | null };

const READ = `
  SELECT definition, secrets, status, reason, fault, cursor, health, attempts, reported FROM subscription`;

const WRITE = `
  INSERT INTO subscription (id, definition, secrets, status, reason, fault, cursor, health, attempts, reported)
  VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET definition = excluded.definition, secrets = excluded.secrets,
    status = excluded.status, reason = excluded.reason, fault = excluded.fault, cursor = excluded.cursor,
    health = excluded.health, attempts = excluded.attempts, reported = excluded.reported`;

export class SubscriptionRow {
  readonly #tables: ObjectTables;
  #known: SubscriptionRecord | undefined;

  constructor(tables: ObjectTables) {
    this.#tables = tables;
  }

  /** Undefined: there is none. */
  get stored(): SubscriptionRecord | undefined {
    if (!this.#tables.isStored || this.#tables.isErased) return undefined;
    this.#known ??= this.#read();
    return this.#known;
  }

  create({ definition, sealed, cursor }: NewSubscription): void {
    this.#write({
      ...{ definition, cursor, health: HEALTHY, attempts: [] },
      secrets: sealed === null ? [] : [{ sealed, untilMs: null }],
      ...{ status: 'active', reason: null, fault: null, reported: null },
    });
  }

  /** It is read again: a transaction was rolled back. */
  forget(): void {
    this.#known = undefined;
  }

  /** Nothing is written where nothing changes. */
  change(change: Partial<SubscriptionRecord>): void {
    const { stored } = this;
    if (!stored) return;
    const changed = { ...stored, ...change };
    const isSame = JSON.stringify(changed) === JSON.stringify(stored);
    if (!isSame) this.#write({ ...changed, attempts: changed.attempts.slice(0, ATTEMPTS_KEPT) });
  }

  #write(stored: SubscriptionRecord): void {
    const { definition, secrets, status, reason, fault, cursor, health, attempts, reported } =
      stored;
    this.#tables.write(
      WRITE,
      ...[JSON.stringify(definition), JSON.stringify(secrets), status, reason, fault],
      ...[formatPosition(cursor), JSON.stringify(health), JSON.stringify(attempts), reported],
    );
    this.#known = stored;
  }

  #read(): SubscriptionRecord | undefined {
    const [row] = this.#tables.sql.exec<Row>(READ).toArray();
    if (!row) return undefined;
    // As `#write` has written them.
    return {
      ...row,
      definition: JSON.parse(row.definition),
      secrets: JSON.parse(row.secrets),
      status: row.status as SubscriptionStatus,
      fault: row.fault as SubscriptionFault | null,
      cursor: parsePosition(row.cursor) ?? JOURNAL_START,
      health: JSON.parse(row.health),
      attempts: JSON.parse(row.attempts),
    };
  }
}
