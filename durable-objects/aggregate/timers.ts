/**
 * The timers of one aggregate in SQL: the object's implementation of core/aggregate/timers.ts. Scheduled timers have a
 * table of their own, so that stopped ones cost the alarm nothing. Changed in the transaction of the events that set
 * them.
 */

import {
  isDueBefore,
  type ScheduledTimer,
  type StoppedTimer,
  type StoredTimer,
  type TimerTable,
} from '../../core/aggregate/timers.ts';
import { firstWithinBytes } from '../../core/values/bytes.ts';
import type { AggregateTables } from './schema.ts';

/** A range of timers: those after an id, in the order of ids. */
export interface TimerRange {
  readonly after: string;
  readonly limit: number;
  readonly state?: StoredTimer['state'] | undefined;
}

export interface StoredTimerPage {
  readonly timers: readonly StoredTimer[];
  /** Whether there are timers after the last one. */
  readonly more: boolean;
}

/** Selects the id first, so that the search does not read the data of other timers. */
const FIRST = 'WHERE id = (SELECT id FROM timer ORDER BY due_at, id LIMIT 1)';

const BEHIND = 'WHERE id > ? AND state = ifnull(?, state) ORDER BY id LIMIT ?';

const COLUMNS = 'id, due_at, command, data, origin, attempts';
const STOP_COLUMNS = 'state, stopped_at, actor, reason';

/** The columns of each table, and a select that reads rows of both tables. */
const tables = {
  timer: {
    columns: COLUMNS,
    select: `SELECT ${COLUMNS}, 'scheduled' AS state, 0 AS stopped_at, '' AS actor, '' AS reason FROM timer`,
  },
  stopped_timer: {
    columns: `${COLUMNS}, ${STOP_COLUMNS}`,
    select: `SELECT ${COLUMNS}, ${STOP_COLUMNS} FROM stopped_timer`,
  },
} as const;

type TableName = keyof typeof tables;

const TABLES: readonly TableName[] = ['timer', 'stopped_timer'];

interface TimerRow extends Record<string, SqlStorageValue> {
  id: string;
  due_at: number;
  command: string;
  data: string;
  origin: string;
  attempts: number;
  state: StoredTimer['state'];
  stopped_at: number;
  actor: string;
  reason: string;
}

export class Timers implements TimerTable {
  readonly #tables: AggregateTables;
  /** The cached result of `next`; null: there is none. Undefined: not cached. */
  #next: ScheduledTimer | null | undefined;
  #released: string[] = [];

  constructor(tables: AggregateTables) {
    this.#tables = tables;
  }

  find(id: string): StoredTimer | undefined {
    const [row] = this.#select(TABLES, 'WHERE id = ?', id);
    return row && storedTimer(row);
  }

  put(timer: StoredTimer): void {
    const { id, dueMs, command, data, origin, attempts } = timer;
    const values = [id, dueMs, command, JSON.stringify(data), JSON.stringify(origin), attempts];
    if (timer.state === 'scheduled') {
      this.#delete('stopped_timer', id);
      this.#insert('timer', values);
      this.#rememberScheduled(timer);
    } else {
      const { atMs, actor, reason } = timer.stop;
      this.#delete('timer', id);
      this.#insert('stopped_timer', [...values, timer.state, atMs, actor, reason]);
    }
  }

  remove(id: string): void {
    this.#delete('timer', id);
    this.#delete('stopped_timer', id);
  }

  removeScheduled(): void {
    if (this.#tables.has('timer')) this.#tables.writeTo('timer', 'DELETE FROM timer');
    this.#next = undefined;
  }

  next(): ScheduledTimer | undefined {
    if (this.#next === undefined) {
      const [row] = this.#select(['timer'], FIRST);
      this.#next = row ? scheduledTimer(row) : null;
    }
    return this.#next ?? undefined;
  }

  nextMs(): number | undefined {
    return this.next()?.dueMs;
  }

  /** Whether there is none, scheduled or stopped. */
  get isEmpty(): boolean {
    const [row] = this.#select(TABLES, 'LIMIT 1');
    return row === undefined;
  }

  /** Stopped timers that were set again or removed since the last call. */
  takeReleased(): string[] {
    return this.#released.splice(0);
  }

  /** At least one timer if there is one, and as many as fit into a page. */
  page({ after, limit, state }: TimerRange): StoredTimerPage {
    const behind = (id: string, most: number) =>
      this.#select(TABLES, BEHIND, id, state ?? null, most);
    const timers = firstWithinBytes(behind(after, limit), ({ data }) => data.length).map(
      storedTimer,
    );
    const last = timers.at(-1);
    const [next] = last ? behind(last.id, 1) : [];
    return { timers, more: next !== undefined };
  }

  /** The number of stored timers, scheduled and stopped. */
  count(): number {
    let count = 0;
    for (const _timer of this.#select(TABLES, '')) count++;
    return count;
  }

  /** Discards the cache, which a rollback makes stale. */
  afterRollback(): void {
    this.#next = undefined;
    this.#released = [];
  }

  #insert(table: TableName, values: readonly SqlStorageValue[]): void {
    const { columns } = tables[table];
    const places = values.map(() => '?').join(', ');
    const sql = `INSERT OR REPLACE INTO ${table} (${columns}) VALUES (${places})`;
    this.#tables.writeTo(table, sql, ...values);
  }

  #delete(table: TableName, id: string): void {
    if (this.#next?.id === id) this.#next = undefined;
    if (!this.#tables.has(table)) return;
    const gone = this.#tables
      .writeTo(table, `DELETE FROM ${table} WHERE id = ? RETURNING id`, id)
      .toArray();
    if (table === 'stopped_timer' && gone.length > 0) this.#released.push(id);
  }

  /** Lazily: a page stops at its bytes. */
  #select(
    from: readonly TableName[],
    where: string,
    ...values: readonly SqlStorageValue[]
  ): Iterable<TimerRow> {
    const made = from.filter((name) => this.#tables.has(name)).map((name) => tables[name].select);
    if (made.length === 0) return [];
    const all = made.join(' UNION ALL ');
    return this.#tables.sql.exec(
      `SELECT ${COLUMNS}, ${STOP_COLUMNS} FROM (${all}) ${where}`,
      ...values,
    );
  }

  /** Updates the cached first timer, if there is a cached one. */
  #rememberScheduled(timer: ScheduledTimer): void {
    if (this.#next?.id === timer.id) this.#next = undefined;
    if (this.#next === null || (this.#next && isDueBefore(timer, this.#next))) this.#next = timer;
  }
}

function storedTimer(row: TimerRow): StoredTimer {
  return row.state === 'scheduled' ? scheduledTimer(row) : stoppedTimer(row, row.state);
}

function scheduledTimer(row: TimerRow): ScheduledTimer {
  return { state: 'scheduled', ...fieldsOf(row) };
}

function stoppedTimer(row: TimerRow, state: StoppedTimer['state']): StoppedTimer {
  const { stopped_at: atMs, actor, reason } = row;
  return { state, ...fieldsOf(row), stop: { atMs, actor, reason } };
}

function fieldsOf({ id, due_at, command, data, origin, attempts }: TimerRow) {
  return {
    id,
    dueMs: due_at,
    command,
    data: JSON.parse(data),
    origin: JSON.parse(origin),
    attempts,
  };
}
