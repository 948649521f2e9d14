/**
 * The storage of an aggregate's object with its caches, and its one transaction: a write and the alarm that follows
 * from it are committed together. A rollback discards all caches.
 */
import type { Action } from '../../core/action/action.ts';
import type { Aggregate } from '../../core/aggregate/aggregate.ts';
import type { StreamAddress } from '../../core/aggregate/stream.ts';
import { ActionTable } from './actions/action-table.ts';
import { CommandRecords } from './command-records.ts';
import { EventLog } from './event-log.ts';
import { StreamHistory } from './history.ts';
import { MemoryImage } from './memory-image.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { RecoveryState } from './recovery/recovery-state.ts';
import type { Report } from './report.ts';
import type { AggregateTables } from './schema.ts';
import { Snapshots } from './snapshots.ts';
import { SubjectKeyTable } from './subject-key-table.ts';
import { Timers } from './timers.ts';
import { RestoringState } from './transfer/restoring-state.ts';
import type { Storage } from './unit-of-work.ts';

interface StoredAggregate {
  readonly address: StreamAddress;
  readonly aggregate: Aggregate;
  /** Of the app, those that act on its events. */
  readonly actions: readonly Action[];
  readonly nowMs: () => number;
  readonly report: Report;
}

export class AggregateStorage implements Storage {
  readonly tables: AggregateTables;
  readonly log: EventLog;
  readonly records: CommandRecords;
  readonly image: MemoryImage;
  readonly history: StreamHistory;
  readonly timers: Timers;
  readonly actions: ActionTable;
  readonly recovery: RecoveryState;
  readonly subjectKeys: SubjectKeyTable;
  readonly restoring: RestoringState;
  readonly alarm: ObjectAlarm;
  readonly #storage: DurableObjectStorage;

  constructor(
    storage: DurableObjectStorage,
    tables: AggregateTables,
    { address, aggregate, actions, nowMs, report }: StoredAggregate,
  ) {
    this.#storage = storage;
    this.tables = tables;
    this.log = new EventLog(tables, address);
    this.records = new CommandRecords(tables);
    const snapshots = new Snapshots(tables, aggregate.snapshots);
    this.image = new MemoryImage(aggregate, this.log, snapshots, report);
    this.history = new StreamHistory(this.log, snapshots);
    this.timers = new Timers(tables);
    this.actions = new ActionTable(tables, address.aggregate, actions);
    this.recovery = new RecoveryState(tables);
    this.subjectKeys = new SubjectKeyTable(tables, address.aggregate);
    this.restoring = new RestoringState(tables);
    this.alarm = new ObjectAlarm({
      storage,
      log: this.log,
      records: this.records,
      timers: this.timers,
      actions: this.actions,
      recovery: this.recovery,
      restoring: this.restoring,
      nowMs,
    });
  }

  /** `version`: of the log's head, where it was read in this turn. */
  commit<Result>(write: () => Result, version?: number): Result {
    const arm = this.alarm.beforeWrite(version);
    return this.#atomically(() => {
      const result = write();
      arm();
      return result;
    });
  }

  #atomically<Result>(write: () => Result): Result {
    try {
      return this.#storage.transactionSync(write);
    } catch (error) {
      this.#startOver();
      throw error;
    }
  }

  /** Deletes everything that is stored. No call interleaves: the platform delays calls meanwhile. */
  async forgetAll(): Promise<void> {
    await this.#storage.deleteAll();
    this.#startOver();
  }

  /** Deletes everything for good, with its alarm; a repeat changes nothing. */
  async eraseAll(): Promise<void> {
    if (!this.tables.isErased) this.tables.erase(this.log.head().version);
    this.#startOver();
    await this.#storage.deleteAlarm();
  }

  /** Discards the caches. */
  #startOver(): void {
    this.tables.refresh();
    this.log.afterRollback();
    this.image.discard();
    this.timers.afterRollback();
    this.actions.afterRollback();
    this.recovery.afterRollback();
    this.restoring.afterRollback();
    this.alarm.forget();
  }
}
