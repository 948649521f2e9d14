/**
 * The key of a subject, wrapped, beside the log of its object: written with the event that authorizes it, and deleted
 * with the one that forgets it. Objects of other aggregates have none.
 */

import type { StoredEvent } from '../../core/aggregate/event.ts';
import { type SubjectEvent, subject } from '../../core/personal/subject.ts';
import type { AggregateTables } from './schema.ts';

/** How keys are made and wrapped. */
export interface KeyWrapping {
  readonly newKey: () => Promise<string>;
  /** The same text where it is wrapped by the current secret. */
  readonly rewrap: (wrapped: string) => Promise<string>;
}

export interface WrappedSubjectKey extends Record<string, SqlStorageValue> {
  readonly incarnation: number;
  readonly wrapped: string;
}

export class SubjectKeyTable {
  readonly #tables: AggregateTables;
  readonly #isSubject: boolean;
  /** The wrapped key for the next event that authorizes the subject. */
  #prepared: string | undefined;

  constructor(tables: AggregateTables, aggregate: string) {
    this.#tables = tables;
    this.#isSubject = aggregate === subject.name;
  }

  prepare(wrapped: string | undefined): void {
    this.#prepared = wrapped;
  }

  /** In the transaction of the events. Without a prepared key, as in a restored object, an authorized subject has none. */
  follow(events: readonly Pick<StoredEvent, 'type' | 'data'>[]): void {
    if (!this.#isSubject) return;
    for (const { type, data } of events) {
      // What the definition of the aggregate says of both.
      if (type === ('SubjectForgotten' satisfies SubjectEvent)) this.#delete();
      else if (type === ('SubjectAuthorized' satisfies SubjectEvent)) {
        this.#keepPrepared((data as { incarnation: number }).incarnation);
      }
    }
  }

  find(incarnation: number): string | undefined {
    if (!this.#tables.has('subject_key')) return undefined;
    const sql = 'SELECT wrapped FROM subject_key WHERE incarnation = ?';
    return this.#tables.sql.exec<{ wrapped: string }>(sql, incarnation).toArray()[0]?.wrapped;
  }

  /** The same key, wrapped by another secret. */
  rewrap(incarnation: number, wrapped: string): void {
    const sql = 'UPDATE subject_key SET wrapped = ?2 WHERE incarnation = ?1';
    this.#tables.writeTo('subject_key', sql, incarnation, wrapped);
  }

  /** All that there are: one, or none. */
  all(): readonly WrappedSubjectKey[] {
    if (!this.#tables.has('subject_key')) return [];
    const sql = 'SELECT incarnation, wrapped FROM subject_key';
    return this.#tables.sql.exec<WrappedSubjectKey>(sql).toArray();
  }

  /** Of an export. */
  keep({ incarnation, wrapped }: WrappedSubjectKey): void {
    const sql = 'INSERT OR REPLACE INTO subject_key (incarnation, wrapped) VALUES (?, ?)';
    this.#tables.writeTo('subject_key', sql, incarnation, wrapped);
  }

  count(): number {
    if (!this.#tables.has('subject_key')) return 0;
    const sql = 'SELECT count(*) AS keys FROM subject_key';
    return this.#tables.sql.exec<{ keys: number }>(sql).one().keys;
  }

  #keepPrepared(incarnation: number): void {
    const wrapped = this.#prepared;
    if (wrapped === undefined) return;
    const sql = 'INSERT INTO subject_key (incarnation, wrapped) VALUES (?, ?)';
    this.#tables.writeTo('subject_key', sql, incarnation, wrapped);
  }

  #delete(): void {
    if (this.#tables.has('subject_key')) this.#tables.write('DELETE FROM subject_key');
  }
}
