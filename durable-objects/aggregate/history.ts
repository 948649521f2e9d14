/**
 * The past of one aggregate in pages of events, which the Worker folds: the object reads a short part of its log at a
 * time and executes commands in between.
 */
import type { Moment } from '../../core/aggregate/moment.ts';
import type { EventLog, Head } from './event-log.ts';
import { ReaderTurns } from './reader-turns.ts';
import type { Snapshot, Snapshots } from './snapshots.ts';

/** The part that is left to read. */
export interface HistoryRest {
  /** Exclusive. */
  readonly after: number;
  /** Inclusive. */
  readonly upTo: number;
}

export interface HistoryRange {
  readonly moment: Moment;
  /**
   * The state version of the code that folds, for which snapshots of another one are unusable. Left out: without
   * snapshots.
   */
  readonly stateVersion?: number | undefined;
  /** The rest after the page before; left out: the first page. */
  readonly rest?: HistoryRest;
}

export interface HistoryPage extends HistoryRest {
  /** The start of the fold, on the first page; left out: the initial state. */
  readonly snapshot?: Snapshot;
  /** Of the stream, on the first page: its version, and the type of its newest event. */
  readonly head?: Pick<Head, 'version' | 'type'>;
  /** A JSON array of `[version, type, schemaVersion, data]`, oldest first. */
  readonly facts: string;
}

/** Our limit on the events of a page: a command waits for a page of a reader, about 2 ms (decision 0030). */
const EVENTS_MAX = 1_000;

export class StreamHistory {
  readonly #log: EventLog;
  readonly #snapshots: Snapshots;
  readonly #readers = new ReaderTurns();

  constructor(log: EventLog, snapshots: Snapshots) {
    this.#log = log;
    this.#snapshots = snapshots;
  }

  /**
   * Undefined for a version that the stream does not have. Readers take turns, and commands run between their pages.
   */
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
    const { version, type } = this.#log.head();
    const head = { version, type };
    if ('occurredBy' in moment) return { head, after: 0, upTo: version };
    const upTo = 'version' in moment ? moment.version : this.#versionRecordedBy(moment.recordedBy);
    if (upTo > version) return undefined;
    const snapshot = this.#snapshots.upTo(upTo, stateVersion);
    return snapshot ? { head, snapshot, after: snapshot.version, upTo } : { head, after: 0, upTo };
  }

  #versionRecordedBy(time: string): number {
    return this.#log.versionRecordedBy(Date.parse(time));
  }
}
