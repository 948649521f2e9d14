/**
 * Finds the events of one stream in the journal, which has no index by stream: backwards from the journal's end, in
 * chunks of positions, until an event that the log has too. What an object has lost is recent, so the walk is short
 * where the restore was.
 */
import type { StoredEvent } from '../../../core/aggregate/event.ts';
import type { JournalEvent } from '../../../core/plan/plan-catch-up.ts';
import type { EventLog } from '../event-log.ts';

/** The events of the stream among the positions of a read. */
export interface StreamJournalPage {
  readonly events: readonly JournalEvent[];
  /** The last position that was examined. */
  readonly upTo: number;
}

/** Reads the journal after a position, so many positions at most. */
export type ReadStreamJournal = (after: number, limit: number) => Promise<StreamJournalPage>;

/** Our value: one read of D1, 0.1 to 0.5 MB of usual events. */
const CHUNK_POSITIONS = 1_000;

/** Our limit on one run of the object: 100,000 positions, some seconds. */
const CHUNKS_AT_ONCE = 100;

/** Two different events under one version. */
export interface Divergence {
  readonly version: number;
  readonly log: StoredEvent;
  readonly journal: StoredEvent;
}

export class JournalWalk {
  readonly #log: EventLog;
  readonly #read: ReadStreamJournal;
  readonly #end: number;
  #from: number;
  /** The chunks with events of the stream, newest first. */
  readonly #chunks: number[] = [];
  #divergence: Divergence | undefined;
  #isDone = false;

  /** `end`: the journal's newest position. */
  constructor(log: EventLog, read: ReadStreamJournal, end: number) {
    this.#log = log;
    this.#read = read;
    this.#end = end;
    this.#from = end;
  }

  /** The lowest version with different events, once the walk is done. */
  get divergence(): Divergence | undefined {
    return this.#divergence;
  }

  /** Whether it has found where log and journal are equal, or the stream's first event; else it has to go on. */
  async goBack(): Promise<boolean> {
    for (let chunks = 0; chunks < CHUNKS_AT_ONCE && !this.#isDone && this.#from > 0; chunks++) {
      const after = Math.max(0, this.#from - CHUNK_POSITIONS);
      const events = await eventsUpTo(this.#read, after, this.#from);
      if (events.length > 0) this.#chunks.push(after);
      this.#from = after;
      this.#isDone = this.#isFound(events);
    }
    return this.#isDone || this.#from === 0;
  }

  /** The events of the stream from where log and journal are equal on, oldest first, in pages of bounded size. */
  async *forwards(): AsyncGenerator<readonly JournalEvent[]> {
    for (const chunk of this.#chunks.toReversed()) {
      const upTo = Math.min(chunk + CHUNK_POSITIONS, this.#end);
      for (let after = chunk; after < upTo; ) {
        const page = await this.#read(after, upTo - after);
        if (page.events.length > 0) yield page.events;
        after = page.upTo;
      }
    }
  }

  #isFound(events: readonly JournalEvent[]): boolean {
    const head = this.#log.head().version;
    for (const { position: _position, ...journal } of events.toReversed()) {
      const { version } = journal;
      const [log] = version > head ? [] : this.#log.eventsBetween(version - 1, version);
      if (log?.id === journal.id) return true;
      if (log) this.#divergence = { version, log, journal };
      if (version === 1) return true;
    }
    return false;
  }
}

async function eventsUpTo(
  read: ReadStreamJournal,
  start: number,
  upTo: number,
): Promise<JournalEvent[]> {
  const events: JournalEvent[] = [];
  for (let after = start; after < upTo; ) {
    const page = await read(after, upTo - after);
    events.push(...page.events);
    after = page.upTo;
  }
  return events;
}
