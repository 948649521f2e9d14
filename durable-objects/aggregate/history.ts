/**
 * The past of one aggregate in pages of events, which the Worker folds: the object reads a short part of its log and is
 * free for commands again.
 */
import type { Moment } from '../../core/aggregate/moment.ts';
import type { EventLog } from './event-log.ts';
import { ReaderQueue } from './reader-queue.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';

/** What is left to read. */
export interface HistoryRest {
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo: number;
}

export interface HistoryRange {
  readonly moment: Moment;
  /** Of the code that folds: a snapshot of another one is of no use to it. Left out: it takes none. */
  readonly stateVersion?: number | undefined;
  /** What the page before left; left out: the first page. */
  readonly rest?: HistoryRest;
}

export interface HistoryPage extends HistoryRest {
  /** Where folding begins, on the first page; left out: at the initial state. */
  readonly snapshot?: Snapshot;
  /** A JSON array of `[version, type, schemaVersion, data]`, oldest first. */
  readonly facts: string;
}

/** Events of a page. Ours: beside readers, a command waits for a page of about 2 ms now and then (decision 0030). */
const EVENTS_MAX = 1_000;

export class StreamHistory {
  readonly #log: EventLog;
  readonly #snapshots: Snapshots;
  readonly #readers = new ReaderQueue();

  constructor(log: EventLog, snapshots: Snapshots) {
    this.#log = log;
    this.#snapshots = snapshots;
  }

  /** Undefined for a version that the stream does not have. Readers take turns, and commands come between them. */
  page(range: HistoryRange): Promise<HistoryPage | undefined> {
    return this.#readers.take(() => this.#page(range));
  }

  #page({ moment, stateVersion, rest }: HistoryRange): HistoryPage | undefined {
    const occurredByMs = 'occurredBy' in moment ? Date.parse(moment.occurredBy) : undefined;
    const start = rest ?? this.#start(moment, stateVersion);
    if (!start) return undefined;
    return { ...start, ...this.#log.factPage(start, EVENTS_MAX, occurredByMs) };
  }

  #start(moment: Moment, stateVersion: number | undefined): Omit<HistoryPage, 'facts'> | undefined {
    const head = this.#log.head().version;
    if ('occurredBy' in moment) return { after: 0, upTo: head };
    const upTo = 'version' in moment ? moment.version : this.#versionRecordedBy(moment.recordedBy);
    if (upTo > head) return undefined;
    const snapshot = this.#snapshots.upTo(upTo, stateVersion);
    return snapshot ? { snapshot, after: snapshot.version, upTo } : { after: 0, upTo };
  }

  #versionRecordedBy(time: string): number {
    return this.#log.versionRecordedBy(Date.parse(time));
  }
}
