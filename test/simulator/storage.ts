/**
 * An object's storage. What is written in one go is on the disk a moment later, all of it or, if the object dies
 * before, none; the alarm is part of it. It outlives the lives of its object.
 */
import type { Process, World } from './process.ts';
import { isReading, objectsOf, SqlDatabase } from './sql.ts';

/** Later alarms clean up: a subscription looks after itself once an hour, outcomes without a stream are kept for a day. */
const AWAITED_MS_MAX = 50 * 60_000;

export class SimulatedStorage {
  readonly #world: World;
  readonly #name: string;
  readonly #database = new SqlDatabase();
  readonly #ring: () => void;
  /** Tasks that wait until everything is on the disk; undefined while everything is. */
  #waiting: (() => void)[] | undefined;
  #takeBackFlush = () => {};
  #alarmMs: number | null = null;
  #storedAlarmMs: number | null = null;
  /** The alarm that goes off now. It is on the disk until its work is done. */
  #ringingMs: number | null = null;
  /** What the timeline will wake it for. */
  #armedMs: number | null = null;
  #takeBackAlarm = () => {};

  /** `ring` is called when the alarm goes off. */
  constructor(world: World, name: string, ring: () => void) {
    this.#world = world;
    this.#name = name;
    this.#ring = ring;
  }

  /** As a life of the object sees it. What Ledge uses of a Durable Object's storage, and no more. */
  seenBy(life: Process): DurableObjectStorage {
    const alive = () => {
      if (life.isDead) throw new Error('This object has been reset.');
    };
    const seen = {
      sql: {
        exec: (sql: string, ...values: unknown[]) => {
          alive();
          if (!isReading(sql)) this.#write(life, sql);
          return new Cursor(this.#database.run(sql, values));
        },
      },
      transactionSync: <Result>(write: () => Result) => {
        alive();
        return this.#transaction(write);
      },
      setAlarm: async (atMs: number) => {
        alive();
        this.#begin();
        this.#alarmMs = atMs;
      },
      getAlarm: async () => {
        alive();
        return this.#alarmMs;
      },
      deleteAlarm: async () => {
        alive();
        this.#begin();
        this.#alarmMs = null;
      },
      deleteAll: async () => {
        alive();
        this.#begin();
        this.#alarmMs = null;
        const tables = this.#database.run("SELECT name FROM sqlite_master WHERE type = 'table'");
        for (const [name] of tables.values) this.#database.run(`DROP TABLE ${name}`);
      },
    };
    return seen as unknown as DurableObjectStorage;
  }

  /** What its object has written, beside all limits. */
  *rows(): Generator<{ readonly table: string; readonly row: Readonly<Record<string, unknown>> }> {
    const tables = this.#database.run("SELECT name FROM sqlite_master WHERE type = 'table'");
    for (const [table] of tables.values) {
      const rows = objectsOf(this.#database.run(`SELECT * FROM "${table}"`));
      for (const row of rows) yield { table: String(table), row };
    }
  }

  /** Resolves when everything is on the disk; never, if its object is killed before. */
  written(): Promise<void> {
    const waiting = this.#waiting;
    return waiting ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve();
  }

  /** The object was killed: writes that were not on the disk are lost. */
  lose(): void {
    this.#ringingMs = null;
    this.#alarmMs = this.#storedAlarmMs;
    if (this.#waiting) {
      this.#takeBackFlush();
      this.#waiting = undefined;
      this.#database.run('ROLLBACK');
    }
    this.#arm(0);
  }

  /**
   * The alarm goes off. For the object there is none from now on, until it sets the next. False when the object has
   * set another one just now.
   */
  beginRinging(): boolean {
    if (this.#alarmMs !== this.#storedAlarmMs || this.#ringingMs !== null) return false;
    this.#ringingMs = this.#alarmMs;
    this.#alarmMs = null;
    this.#armedMs = null;
    return true;
  }

  /** Its work is done, or was not done and is tried again after a while. */
  endRinging(againAfterMs?: number): void {
    const isSetAnew = this.#alarmMs !== null;
    if (againAfterMs !== undefined && !isSetAnew) this.#alarmMs = this.#ringingMs;
    this.#ringingMs = null;
    if (!this.#waiting) this.#store(againAfterMs);
  }

  #write(life: Process, sql: string): void {
    const { fate } = this.#world;
    this.#begin();
    if (fate.strikes(`${life.kind} dies within a transaction`)) {
      life.die();
      throw new Error('This object has been reset.');
    }
    const table = /\b(?:INTO|TABLE(?: IF NOT EXISTS)?|UPDATE|FROM)\s+(\w+)/i.exec(sql)?.[1];
    if (fate.strikes(`a write to ${table} fails`)) {
      throw new Error('database or disk is full: SQLITE_FULL');
    }
  }

  #transaction<Result>(write: () => Result): Result {
    this.#begin();
    const alarmMs = this.#alarmMs;
    this.#database.run('SAVEPOINT own');
    try {
      const result = write();
      this.#database.run('RELEASE own');
      return result;
    } catch (error) {
      this.#undo(alarmMs);
      throw error;
    }
  }

  /** Nothing is left to undo where the object has died of it. */
  #undo(alarmMs: number | null): void {
    if (!this.#waiting) return;
    this.#database.run('ROLLBACK TO own');
    this.#database.run('RELEASE own');
    this.#alarmMs = alarmMs;
  }

  #begin(): void {
    if (this.#waiting) return;
    const { timeline, fate } = this.#world;
    this.#waiting = [];
    this.#database.run('BEGIN');
    const flush = () => {
      const waiting = this.#waiting ?? [];
      this.#waiting = undefined;
      this.#database.run('COMMIT');
      this.#store();
      for (const goOn of waiting) goOn();
    };
    this.#takeBackFlush = timeline.in(fate.delayMs(), `${this.#name} is on the disk`, flush);
  }

  #store(notBeforeMs = 0): void {
    this.#storedAlarmMs = this.#alarmMs ?? this.#ringingMs;
    if (this.#storedAlarmMs !== this.#armedMs) this.#arm(notBeforeMs);
  }

  /** While one goes off, the next one waits until its work is done. */
  #arm(notBeforeMs: number): void {
    if (this.#ringingMs !== null) return;
    const { timeline, fate } = this.#world;
    this.#takeBackAlarm();
    const alarmMs = this.#storedAlarmMs;
    this.#armedMs = alarmMs;
    if (alarmMs === null) return;
    const late = fate.strikes('an alarm is late') ? 30_000 : 0;
    const waitMs = Math.max(alarmMs - timeline.wallMs, notBeforeMs, 0) + late + fate.delayMs();
    const name = `the alarm of ${this.#name} goes off`;
    this.#takeBackAlarm = timeline.in(waitMs, name, this.#ring, waitMs > AWAITED_MS_MAX);
  }
}

/** The result of a statement, which was executed completely. */
class Cursor {
  readonly #rows: ReturnType<SqlDatabase['run']>;

  constructor(rows: ReturnType<SqlDatabase['run']>) {
    this.#rows = rows;
  }

  toArray() {
    return objectsOf(this.#rows);
  }

  one() {
    const [row, ...others] = this.toArray();
    if (!row || others.length > 0) throw new Error('There is not exactly one row.');
    return row;
  }

  raw() {
    return this.#rows.values.values();
  }

  [Symbol.iterator]() {
    return this.toArray().values();
  }
}
