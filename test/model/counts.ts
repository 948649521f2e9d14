/** What a run counts, from the end of its warm-up on. */
import type { ProcessKind } from '../simulator/process.ts';

/** Calls of D1 by one kind of caller. */
export interface DatabaseCounts {
  calls: number;
  /** Those for which too many others waited. */
  refused: number;
  rowsRead: number;
  busyMs: number;
}

export class Counts {
  readonly database = new Map<ProcessKind, DatabaseCounts>();
  commands = 0;
  /** Commands that were not accepted. */
  failed = 0;
  commandMs: number[] = [];
  /** Batches that write, and those of them that lost a race. */
  batches = 0;
  batchesLost = 0;
  /** Calls that a replica may answer. */
  copyReads = 0;
  messages = 0;
  /** Of them, those without events: the alarm has missed some. */
  reminders = 0;
  messagesRefused = 0;
  /** How often a queue was asked for the time of its oldest message. */
  queueReads = 0;
  retries = 0;
  dead = 0;
  deliveries = 0;
  applied = 0;
  /** From each event's commit until D1 has it. */
  lagMs: number[] = [];

  databaseOf(kind: ProcessKind): DatabaseCounts {
    const known = this.database.get(kind) ?? { calls: 0, refused: 0, rowsRead: 0, busyMs: 0 };
    this.database.set(kind, known);
    return known;
  }

  /** Over all callers. */
  total(member: keyof DatabaseCounts): number {
    return [...this.database.values()].reduce((sum, one) => sum + one[member], 0);
  }
}

/** The counts of the moment, which the end of the warm-up replaces. */
export interface Counting {
  now: Counts;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
