/** What a health object keeps of the cron's observations: open alerts, the size of each database a day, the last time. */
import { type AlertNotice, noticesOf, type OpenAlert } from '../../core/failures/alert-notices.ts';
import { type DatabaseSample, dayOf } from '../../core/operations/growth.ts';
import type { KeptObservations, Observation } from '../../core/operations/observation.ts';
import type { ObjectTables } from '../object-tables.ts';

/** Ours: a row a day for each database. */
const KEPT_DAYS = 31;

/** Ours: most ticks of the cron then write nothing, and its end is noticed within minutes all the same. */
const TIME_KEPT_EVERY_MS = 600_000;

export const OBSERVATION_TABLES = {
  alert: `
  CREATE TABLE alert (
    name TEXT NOT NULL,
    subject TEXT NOT NULL,
    since INTEGER NOT NULL,
    logged_at INTEGER NOT NULL,
    PRIMARY KEY (name, subject)
  ) STRICT, WITHOUT ROWID`,
  database_size: `
  CREATE TABLE database_size (
    database TEXT NOT NULL,
    day INTEGER NOT NULL, -- since 1970
    at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (database, day)
  ) STRICT, WITHOUT ROWID`,
  observation: 'CREATE TABLE observation (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT',
};

export type ObservationTableName = keyof typeof OBSERVATION_TABLES;

type Stored<Row> = { [Name in keyof Row]: Row[Name] & SqlStorageValue };

const KEEP_ALERT = `
  INSERT INTO alert (name, subject, since, logged_at) VALUES (?1, ?2, ?3, ?4)
  ON CONFLICT (name, subject) DO UPDATE SET logged_at = excluded.logged_at`;

const KEEP_SIZE = `
  INSERT INTO database_size (database, day, at, bytes) VALUES (?, ?, ?, ?)
  ON CONFLICT (database, day) DO NOTHING RETURNING day`;

const KEEP_TIME = `
  INSERT INTO observation (id, at) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at`;

export class ObservationTable {
  readonly #tables: ObjectTables<ObservationTableName>;

  constructor(tables: ObjectTables<ObservationTableName>) {
    this.#tables = tables;
  }

  /** The lines to log. */
  observe({ found, unknown, sizes }: Observation, nowMs: number): AlertNotice[] {
    for (const { database, bytes } of sizes) this.#keepSize(database, bytes, nowMs);
    const notices = noticesOf(this.#alerts(), found, unknown, nowMs);
    for (const notice of notices) this.#keepNotice(notice, nowMs);
    if (nowMs - (this.#observedAtMs() ?? 0) >= TIME_KEPT_EVERY_MS)
      this.#tables.writeTo('observation', KEEP_TIME, nowMs);
    return notices;
  }

  kept(): KeptObservations {
    return {
      alerts: this.#alerts(),
      sizes: this.#rows<Stored<DatabaseSample>>(
        'database_size',
        'SELECT database, at AS atMs, bytes FROM database_size',
      ),
      observedAtMs: this.#observedAtMs() ?? null,
    };
  }

  #observedAtMs(): number | undefined {
    return this.#rows<{ at: number }>('observation', 'SELECT at FROM observation')[0]?.at;
  }

  #alerts(): OpenAlert[] {
    return this.#rows<Stored<OpenAlert>>(
      'alert',
      'SELECT name, subject, since AS sinceMs, logged_at AS loggedMs FROM alert',
    );
  }

  #keepNotice({ state, alert: { name, subject }, sinceMs }: AlertNotice, nowMs: number): void {
    if (state === 'over') {
      this.#tables.write('DELETE FROM alert WHERE name = ? AND subject = ?', name, subject);
    } else this.#tables.writeTo('alert', KEEP_ALERT, name, subject, sinceMs, nowMs);
  }

  #keepSize(database: string, bytes: number, nowMs: number): void {
    const day = dayOf(nowMs);
    const isNew = this.#tables
      .writeTo('database_size', KEEP_SIZE, database, day, nowMs, bytes)
      .toArray();
    if (isNew.length > 0)
      this.#tables.write('DELETE FROM database_size WHERE day <= ?', day - KEPT_DAYS);
  }

  #rows<Row extends Record<string, SqlStorageValue>>(
    table: ObservationTableName,
    sql: string,
  ): Row[] {
    return this.#tables.has(table) ? this.#tables.sql.exec<Row>(sql).toArray() : [];
  }
}
