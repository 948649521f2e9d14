/**
 * What commands of one call lead to, held in memory until all of it is stored in one transaction: each command sees
 * what those before it decided. A unit ends where its events reach the bytes of a page; the rest of the call's commands
 * is the next unit's.
 */
import { type CheckedEvent, evolve } from '../../core/aggregate.ts';
import { PAGE_BYTES_MAX } from '../../core/bytes.ts';
import type { Command } from '../../core/command.ts';
import type { Timer } from '../../core/decision.ts';
import type { StoredEvent } from '../../core/event.ts';
import { type AcceptedOutcome, accepted, type RejectedOutcome } from '../../core/outcome.ts';
import type { CommandRecord, EventLog, Head, RecordedOutcome } from './event-log.ts';
import type { AggregateState, MemoryImage } from './memory-image.ts';
import type { TimerOrigin, Timers } from './timers.ts';

/** Where the aggregate keeps what it has. */
export interface Storage {
  readonly log: EventLog;
  readonly image: MemoryImage;
  readonly timers: Timers;
}

/** An outcome that a repeat of the command gets again. */
export type KeptOutcome = AcceptedOutcome | RejectedOutcome;

export class UnitOfWork {
  readonly events: StoredEvent[] = [];
  readonly #storage: Storage;
  readonly #known: ReadonlyMap<string, CommandRecord>;
  /** Of this unit's own commands. */
  readonly #records = new Map<string, CommandRecord>();
  readonly #ended: string[] = [];
  readonly #timers: { timer: Timer; origin: TimerOrigin }[] = [];
  readonly #states: AggregateState[] = [];
  #state: unknown;
  #head: Head;
  readonly #storedVersion: number;
  /** Of each event. */
  readonly #bytes: number[] = [];
  #storedBytes = 0;
  #answeredBytes: number;

  /**
   * Reads all that the commands need to know. `answeredBytes` is what the events take that the call answers already.
   */
  constructor(storage: Storage, commands: readonly Command[], answeredBytes = 0) {
    this.#storage = storage;
    this.#answeredBytes = answeredBytes;
    const { state, head } = storage.image.current();
    this.#state = state;
    this.#head = head;
    this.#storedVersion = head.version;
    this.#known = storage.log.commandRecords(commands.flatMap((one) => one.idempotencyKey ?? []));
  }

  get stream(): string {
    return this.#storage.log.stream;
  }

  get state(): unknown {
    return this.#state;
  }

  get head(): Head {
    return this.#head;
  }

  /** What the events take that the call answers. */
  get answeredBytes(): number {
    return this.#answeredBytes;
  }

  /** Whether the events reach the bytes of a page: then no further command is added. */
  get isFull(): boolean {
    return this.#storedBytes >= PAGE_BYTES_MAX;
  }

  /** What a command under this key led to; `key-reused` when that was another command. */
  outcomeOf(key: string, fingerprint: string): KeptOutcome | 'key-reused' | undefined {
    const known = this.#known.get(key) ?? this.#records.get(key);
    if (!known) return undefined;
    return known.fingerprint === fingerprint ? this.#recalled(known.outcome) : 'key-reused';
  }

  keep(key: string, fingerprint: string, outcome: RecordedOutcome): void {
    this.#records.set(key, { fingerprint, outcome });
  }

  /** The outcome for events of so many bytes. They are read only where the answer of the call has room for them. */
  answer(
    { version, events }: { readonly version: number; readonly events: number },
    bytes: number,
    read: () => readonly StoredEvent[],
  ): AcceptedOutcome {
    const { stream } = this;
    const hasRoom = this.#answeredBytes + bytes <= PAGE_BYTES_MAX;
    if (!hasRoom) return { ...accepted(stream, version, []), eventsOmitted: events };
    this.#answeredBytes += bytes;
    return accepted(stream, version, read());
  }

  /** @throws when `evolve` cannot take the events: nothing of them is kept then */
  append(checked: readonly CheckedEvent[], events: readonly StoredEvent[]): void {
    const { aggregate } = this.#storage.image;
    this.#state = checked.reduce((state, event) => evolve(aggregate, state, event), this.#state);
    this.events.push(...events);
    this.#bytes.push(...checked.map(({ bytes }) => bytes));
    this.#storedBytes += sum(checked.map(({ bytes }) => bytes));
    const last = events.at(-1);
    if (!last) return;
    this.#head = { version: last.version, recordedAtMs: Date.parse(last.recordedAt) };
    this.#states.push({ version: last.version, state: this.#state });
  }

  /** The timer whose time has come. Ended first: the command that it brings may set it anew. */
  endTimer(id: string): void {
    this.#ended.push(id);
  }

  changeTimer(timer: Timer, origin: TimerOrigin): void {
    this.#timers.push({ timer, origin });
  }

  get isEmpty(): boolean {
    return (
      [this.events, this.#ended, this.#timers].every(({ length }) => length === 0) &&
      this.#records.size === 0
    );
  }

  /** Runs inside a transaction. */
  write(): void {
    const { log, image, timers } = this.#storage;
    if (this.events.length > 0) log.append(this.events);
    for (const state of this.#states) image.snapshotIfDue(state);
    for (const id of this.#ended) timers.remove(id);
    for (const { timer, origin } of this.#timers) timers.change(timer, origin);
    if (this.#records.size > 0) log.recordCommands(this.#records);
  }

  /** Called after the commit, never before: memory must not run ahead of the log. */
  remember(): void {
    this.#storage.image.advance({ version: this.#head.version, state: this.#state });
  }

  #recalled(recorded: RecordedOutcome): KeptOutcome {
    if (recorded.outcome === 'rejected') return { ...recorded, stream: this.stream };
    const { version, events } = recorded;
    const after = version - events;
    const first = after - this.#storedVersion;
    if (first < 0) {
      const { log } = this.#storage;
      const bytes = log.bytesBetween(after, version);
      return this.answer(recorded, bytes, () => log.eventsBetween(after, version));
    }
    const ofCommand = <One>(all: readonly One[]) => all.slice(first, first + events);
    return this.answer(recorded, sum(ofCommand(this.#bytes)), () => ofCommand(this.events));
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
