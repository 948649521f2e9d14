/**
 * Commands that an aggregate will get from itself later: many of them on the object's one alarm. Stored in the
 * transaction of the events that scheduled them; called by the unit of work and by the alarm.
 */
import type { Command } from '../../core/command.ts';
import type { Timer } from '../../core/decision.ts';

/** Why a command was scheduled: what its events will carry as cause and conversation. */
export interface TimerOrigin {
  readonly causationId: string;
  readonly correlationId: string;
  /** Makes the command's key this setting's own: the same id set anew is another wish. */
  readonly wish: string;
}

/** A timer whose time has come. */
export interface DueTimer {
  readonly id: string;
  readonly command: Command;
  readonly attempts: number;
}

interface TimerRow extends Record<string, SqlStorageValue> {
  id: string;
  due_at: number;
  command: string;
  data: string;
  origin: string;
  attempts: number;
}

const RETRY_AFTER_MS = 10_000;
const RETRY_AFTER_MS_MAX = 3_600_000;

export class Timers {
  readonly #sql: SqlStorage;
  #exists: boolean;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#exists =
      sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'timer'").toArray().length > 0;
  }

  /** Runs inside the transaction that appends. */
  change(timer: Timer, origin: TimerOrigin): void {
    if (timer.timer === 'cancel') this.remove(timer.id);
    else this.#set(timer, origin);
  }

  /** When the next one is due. */
  nextMs(): number | undefined {
    if (!this.#exists) return undefined;
    const next = this.#sql
      .exec<{ due: number | null }>('SELECT min(due_at) AS due FROM timer')
      .one();
    return next.due ?? undefined;
  }

  due(nowMs: number, limit: number): DueTimer[] {
    if (!this.#exists) return [];
    return this.#sql
      .exec<TimerRow>(
        'SELECT * FROM timer WHERE due_at <= ? ORDER BY due_at, id LIMIT ?',
        nowMs,
        limit,
      )
      .toArray()
      .map(dueTimer);
  }

  remove(id: string): void {
    if (this.#exists) this.#sql.exec('DELETE FROM timer WHERE id = ?', id);
  }

  /** The domain threw: the command stays, and is tried again ever later. */
  postpone({ id, attempts }: DueTimer, nowMs: number): void {
    const waitMs = Math.min(RETRY_AFTER_MS * 2 ** attempts, RETRY_AFTER_MS_MAX);
    this.#sql.exec(
      'UPDATE timer SET due_at = ?, attempts = attempts + 1 WHERE id = ?',
      nowMs + waitMs,
      id,
    );
  }

  /** A rolled back transaction may have taken the table with it. */
  afterRollback(): void {
    const found = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'timer'").toArray();
    this.#exists = found.length > 0;
  }

  #set(timer: Extract<Timer, { timer: 'schedule' }>, origin: TimerOrigin): void {
    if (!this.#exists) {
      this.#sql.exec(`CREATE TABLE timer (
        id TEXT PRIMARY KEY, due_at INTEGER NOT NULL, command TEXT NOT NULL, data TEXT NOT NULL,
        origin TEXT NOT NULL, attempts INTEGER NOT NULL) STRICT, WITHOUT ROWID`);
      this.#exists = true;
    }
    this.#sql.exec(
      'INSERT OR REPLACE INTO timer VALUES (?, ?, ?, ?, ?, 0)',
      timer.id,
      Date.parse(timer.at),
      timer.command,
      JSON.stringify(timer.data),
      JSON.stringify(origin),
    );
  }
}

function dueTimer({ id, command, data, origin, attempts }: TimerRow): DueTimer {
  const { wish, causationId, correlationId }: TimerOrigin = JSON.parse(origin);
  return {
    id,
    attempts,
    command: {
      name: command,
      data: JSON.parse(data),
      idempotencyKey: `ledge:timer/${wish}`,
      fingerprint: command,
      actor: 'ledge:timer',
      causationId,
      correlationId,
    },
  };
}
