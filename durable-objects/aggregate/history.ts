/**
 * The past of one aggregate in pages of events, which the Worker folds: the object reads a short part of its log and is
 * free for commands again.
 */
import type { Moment } from '../../core/moment.ts';
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

/**
 * Events of a page. Ours: a command waits for the page that is being read, a few milliseconds where one reader is there,
 * about a millisecond where many are. The platform allows a reader's invocation 10,000 calls.
 */
const EVENTS_ALONE = 5_000;
const EVENTS_IN_TURN = 250;

export class History {
  readonly #log: EventLog;
  readonly #snapshots: Snapshots;
  readonly #readers = new ReaderQueue();
  /** Where the last page ended: a reader that continues there has had no other beside it. */
  #readUpTo: number | undefined;

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
    const isAlone = rest !== undefined && rest.after === this.#readUpTo;
    const eventsMax = isAlone ? EVENTS_ALONE : EVENTS_IN_TURN;
    const page = { ...start, ...this.#log.factPage(start, eventsMax, occurredByMs) };
    this.#readUpTo = page.after;
    return page;
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
