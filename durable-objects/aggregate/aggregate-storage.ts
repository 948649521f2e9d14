/**
 * What an aggregate's object stores and remembers, with its one transaction: a write and the alarm that follows from it
 * are committed together. After a rollback nothing is believed that memory held of the storage.
 */
import type { Aggregate } from '../../core/aggregate.ts';
import type { StreamAddress } from '../../core/stream.ts';
import { EventLog } from './event-log.ts';
import { History } from './history.ts';
import { MemoryImage } from './memory-image.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { Snapshots } from './snapshots.ts';
import { Timers } from './timers.ts';
import type { Storage } from './unit-of-work.ts';

export class AggregateStorage implements Storage {
  readonly log: EventLog;
  readonly image: MemoryImage;
  readonly history: History;
  readonly timers: Timers;
  readonly alarm: ObjectAlarm;
  readonly #storage: DurableObjectStorage;

  constructor(
    storage: DurableObjectStorage,
    address: StreamAddress,
    aggregate: Aggregate,
    nowMs: () => number,
  ) {
    this.#storage = storage;
    this.log = new EventLog(storage.sql, address);
    const snapshots = new Snapshots(storage.sql, aggregate.snapshots);
    this.image = new MemoryImage(aggregate, this.log, snapshots);
    this.history = new History(this.log, snapshots);
    this.timers = new Timers(storage.sql);
    this.alarm = new ObjectAlarm({ storage, log: this.log, timers: this.timers, nowMs });
  }

  commit<Result>(write: () => Result): Result {
    const arm = this.alarm.beforeWrite();
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

  /** The storage as if the object had never been called. No call comes in between: the platform holds them back. */
  async forgetAll(): Promise<void> {
    await this.#storage.deleteAll();
    this.#startOver();
  }

  /** What is remembered of the storage may not be true any more. */
  #startOver(): void {
    this.log.afterRollback();
    this.image.discard();
    this.timers.afterRollback();
    this.alarm.forget();
  }
}
