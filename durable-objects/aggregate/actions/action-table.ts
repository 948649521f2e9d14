/**
 * The actions of one stream that have not ended, in the object's SQLite: stored in the transaction of their events. The head of
 * an action is the one on its oldest event; the others wait for its end. Streams without actions have no such table.
 */
import type { Action } from '../../../core/action/action.ts';
import {
  newAction,
  parked,
  RESTORED_EFFECT,
  type StoredAction,
} from '../../../core/action/stored-action.ts';
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import { jsonArrays } from '../../../core/values/json-arrays.ts';
import type { AggregateTables } from '../schema.ts';

/** Stored actions after one, in the order of action and version. */
export interface ActionRange {
  readonly after: readonly [action: string, version: number];
  readonly limit: number;
}

interface ActionRow extends Record<string, SqlStorageValue> {
  action: string;
  version: number;
  state: StoredAction['state'];
  attempts: number;
  since: number;
  due_at: number;
  answer: string | null;
  cause: string | null;
}

const COLUMNS = 'action, version, state, attempts, since, due_at, answer, cause';

/** Takes rows as one JSON array. The answer is stored as text. */
const PUT = `
  INSERT INTO action (${COLUMNS})
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7
  FROM json_each(?) WHERE true
  ON CONFLICT (action, version) DO UPDATE SET
    state = excluded.state, attempts = excluded.attempts, since = excluded.since, due_at = excluded.due_at,
    answer = excluded.answer, cause = excluded.cause`;

/** With `min`, SQLite takes the other columns from the row of the minimum. */
const SELECT_HEADS = `
  SELECT action, min(version) AS version, state, attempts, since, due_at, answer, cause FROM action GROUP BY action`;

export class ActionTable {
  readonly #tables: AggregateTables;
  readonly #aggregate: string;
  readonly #actions: readonly Action[];
  /** By action. Undefined: not cached. */
  #heads: Map<string, StoredAction> | undefined;
  /** Actions whose head no attempt was made at: the events came in this instance. */
  readonly #fresh = new Set<string>();
  /** Until when an attempt of this instance lasts at most, by action. */
  readonly #underWay = new Map<string, number>();

  /** `actions`: of the app, those with this aggregate among their sources. */
  constructor(tables: AggregateTables, aggregate: string, actions: readonly Action[]) {
    this.#tables = tables;
    this.#aggregate = aggregate;
    this.#actions = actions;
  }

  /** In the transaction of the events. Costs nothing where no action has a handler for any of them. */
  follow(events: readonly StoredEvent[]): void {
    const added = this.#on(events, ({ recordedAt }) => Date.parse(recordedAt));
    for (const { action } of added) if (!this.#head(action)) this.#fresh.add(action);
    this.#add(added);
  }

  /** In the transaction that takes the events back. */
  park(events: readonly StoredEvent[]): void {
    this.#add(
      this.#on(events, () => 0).map((one) => parked({ ...one, attempts: 0 }, RESTORED_EFFECT)),
    );
  }

  /** In a restored object: those that were to be attempted when it was as it is now. */
  parkPending(): void {
    for (const one of this.all().filter(({ state }) => state === 'pending')) {
      this.put(parked(one, RESTORED_EFFECT));
    }
  }

  /** The oldest of each action. */
  heads(): StoredAction[] {
    return [...this.#cached().values()];
  }

  head(action: string): StoredAction | undefined {
    return this.#head(action);
  }

  find(action: string, version: number): StoredAction | undefined {
    return this.#select('WHERE action = ? AND version = ?', action, version)[0];
  }

  /** Inside a transaction. Ends the attempt that is under way. */
  put(stored: StoredAction): void {
    this.#underWay.delete(stored.action);
    this.#write([stored]);
    const head = this.#head(stored.action);
    if (!head || head.version >= stored.version) this.#heads?.set(stored.action, stored);
  }

  /** The same. */
  remove({ action, version }: StoredAction): void {
    this.#underWay.delete(action);
    this.#tables.writeTo(
      'action',
      'DELETE FROM action WHERE action = ? AND version = ?',
      ...[action, version],
    );
    const [next] = this.#select('WHERE action = ? ORDER BY version LIMIT 1', action);
    if (next) this.#heads?.set(action, next);
    else this.#heads?.delete(action);
  }

  /** Notes that an attempt lasts until then at most: no alarm is needed before. */
  began(action: string, untilMs: number): void {
    this.#underWay.set(action, untilMs);
  }

  /** The attempt is over, whether or not its end could be stored. */
  ended(action: string): void {
    this.#underWay.delete(action);
  }

  /** When the first of the heads goes on; undefined: none does by itself. */
  nextMs(): number | undefined {
    const due = this.heads()
      .filter(({ state }) => state !== 'parked')
      .map(({ action, dueMs }) => this.#underWay.get(action) ?? dueMs);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** The actions that have become heads with their events, since the last call. */
  takeFresh(): string[] {
    const fresh = [...this.#fresh];
    this.#fresh.clear();
    return fresh;
  }

  page({ after: [action, version], limit }: ActionRange): StoredAction[] {
    const where = 'WHERE (action, version) > (?, ?) ORDER BY action, version LIMIT ?';
    return this.#select(where, action, version, limit);
  }

  all(): StoredAction[] {
    return this.#select('ORDER BY action, version');
  }

  /** The number of stored actions. */
  count(): number {
    if (!this.#tables.has('action')) return 0;
    return this.#tables.sql.exec<{ n: number }>('SELECT count(*) AS n FROM action').one().n;
  }

  /** Discards the cache, which a rollback makes stale. */
  afterRollback(): void {
    this.#heads = undefined;
    this.#fresh.clear();
  }

  #on(events: readonly StoredEvent[], sinceMs: (event: StoredEvent) => number): StoredAction[] {
    if (this.#actions.length === 0) return [];
    return events.flatMap((event) =>
      event.metadata.imported
        ? []
        : this.#actions
            .filter((one) => one.actsOn({ aggregate: this.#aggregate, type: event.type }))
            .map((one) => newAction(one, event.version, sinceMs(event))),
    );
  }

  #add(added: readonly StoredAction[]): void {
    if (added.length === 0) return;
    this.#write(added);
    for (const one of added) if (!this.#head(one.action)) this.#heads?.set(one.action, one);
  }

  #head(action: string): StoredAction | undefined {
    return this.#cached().get(action);
  }

  #cached(): Map<string, StoredAction> {
    this.#heads ??= new Map(this.#stored().map((one) => [one.action, one]));
    return this.#heads;
  }

  #stored(): StoredAction[] {
    if (!this.#tables.has('action')) return [];
    return this.#tables.sql.exec<ActionRow>(SELECT_HEADS).toArray().map(storedAction);
  }

  #write(all: readonly StoredAction[]): void {
    for (const rows of jsonArrays(all.map(valuesOf))) this.#tables.writeTo('action', PUT, rows);
  }

  #select(where: string, ...values: readonly SqlStorageValue[]): StoredAction[] {
    if (!this.#tables.has('action')) return [];
    const sql = `SELECT ${COLUMNS} FROM action ${where}`;
    return this.#tables.sql
      .exec<ActionRow>(sql, ...values)
      .toArray()
      .map(storedAction);
  }
}

function valuesOf(one: StoredAction): unknown[] {
  const { action, version, state, attempts, sinceMs, dueMs, answer, cause } = one;
  const kept = answer && JSON.stringify(answer);
  return [action, version, state, attempts, sinceMs, dueMs, kept, cause];
}

function storedAction({ since, due_at, answer, ...row }: ActionRow): StoredAction {
  const kept = answer === null ? null : JSON.parse(answer);
  return { ...row, sinceMs: since, dueMs: due_at, answer: kept };
}
