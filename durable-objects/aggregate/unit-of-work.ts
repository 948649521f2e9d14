/**
 * The results of the commands of one call, held in memory until one transaction stores them: each command sees the
 * events of those before it. A unit ends when its events reach the bytes of a page; the next unit has the rest of the
 * commands.
 */
import { type Aggregate, fold } from '../../core/aggregate/aggregate.ts';
import { type Command, MACHINERY_KEY_PREFIX } from '../../core/aggregate/command.ts';
import type { Timer } from '../../core/aggregate/decision.ts';
import { newestShape, type StoredEvent } from '../../core/aggregate/event.ts';
import {
  type AcceptedOutcome,
  accepted,
  type RejectedOutcome,
} from '../../core/aggregate/outcome.ts';
import { changeTimers, type TimerSetting } from '../../core/aggregate/timers.ts';
import { PAGE_BYTES_MAX } from '../../core/values/bytes.ts';
import type { ActionTable } from './actions/action-table.ts';
import {
  type CommandRecord,
  type CommandRecords,
  type RecordedOutcome,
  UNKNOWN_FINGERPRINT,
} from './command-records.ts';
import type { EventLog, Head, SizedEvents } from './event-log.ts';
import type { AppendedEvent } from './event-rows.ts';
import type { MemoryImage, TakenSnapshot } from './memory-image.ts';
import type { SubjectKeyTable } from './subject-key-table.ts';
import type { Timers } from './timers.ts';

/** Our limit on recorded outcomes of a stream without events: retries need fewer than a hundred keys. */
const OUTCOMES_ALONE_MAX = 100;

/** The stored parts of the aggregate. */
export interface Storage {
  readonly log: EventLog;
  readonly records: CommandRecords;
  readonly image: MemoryImage;
  readonly timers: Timers;
  readonly actions: ActionTable;
  readonly subjectKeys: SubjectKeyTable;
}

/** An outcome that is recorded for repeats of the command. */
export type RepeatableOutcome = AcceptedOutcome | RejectedOutcome;

export class UnitOfWork {
  readonly #appended: AppendedEvent[] = [];
  readonly #storage: Storage;
  readonly #known: ReadonlyMap<string, CommandRecord>;
  /** The records of this unit's own commands. */
  readonly #records = new Map<string, CommandRecord>();
  readonly #ended: string[] = [];
  readonly #timers: { timer: Timer; setting: TimerSetting }[] = [];
  readonly #snapshots: TakenSnapshot[] = [];
  #state: unknown;
  #isStateCurrent = true;
  #head: Head;
  readonly #storedHead: Head;
  #storedBytes = 0;
  #answeredBytes: number;

  /**
   * Reads everything that the commands need. `answeredBytes` are the bytes of the events that the response already has.
   */
  constructor(storage: Storage, commands: readonly Command[], answeredBytes = 0) {
    this.#storage = storage;
    this.#answeredBytes = answeredBytes;
    const { state, head } = storage.image.current();
    this.#state = state;
    this.#head = head;
    this.#storedHead = head;
    this.#known = storage.records.of(commands.flatMap((one) => one.idempotencyKey ?? []));
  }

  get stream(): string {
    return this.#storage.log.stream;
  }

  get state(): unknown {
    if (!this.#isStateCurrent) {
      const { image } = this.#storage;
      this.#state = evolved(image.aggregate, image.current().state, this.#appended);
      this.#isStateCurrent = true;
    }
    return this.#state;
  }

  get events(): StoredEvent[] {
    return this.#appended.map(({ event }) => event);
  }

  /** The id of the event before the first one of this unit. */
  get before(): string {
    return this.#storedHead.id;
  }

  get head(): Head {
    return this.#head;
  }

  /** Of the last event before this unit. */
  get storedVersion(): number {
    return this.#storedHead.version;
  }

  /** Undefined for an empty stream. */
  newestEvent(): StoredEvent | undefined {
    const { version } = this.#head;
    if (version === 0) return undefined;
    const newest = this.#appended.at(-1)?.event;
    return newest ?? this.#storage.log.eventsBetween(version - 1, version)[0];
  }

  /** The bytes of the events that the response has. */
  get answeredBytes(): number {
    return this.#answeredBytes;
  }

  /** Whether the events reach the bytes of a page. A full unit takes no further command. */
  get isFull(): boolean {
    return this.#storedBytes >= PAGE_BYTES_MAX;
  }

  /**
   * The outcome recorded under this key; `key-reused` if it belongs to another command. The runtime's own keys name the
   * cause alone: corrected code may derive other data from the same event.
   */
  outcomeOf(key: string, fingerprint: string): RepeatableOutcome | 'key-reused' | undefined {
    const known = this.#known.get(key) ?? this.#records.get(key);
    if (!known) return undefined;
    const isSame = [fingerprint, UNKNOWN_FINGERPRINT].includes(known.fingerprint);
    const isRepeat = isSame || key.startsWith(MACHINERY_KEY_PREFIX);
    return isRepeat ? this.#recalled(known.outcome) : 'key-reused';
  }

  keep(key: string, fingerprint: string, outcome: RecordedOutcome): void {
    this.#records.set(key, { fingerprint, outcome });
  }

  /** The outcome with its events, or without them where the response of the call has no room for them. */
  answer(
    { version, events: count }: { readonly version: number; readonly events: number },
    found: SizedEvents | undefined,
  ): AcceptedOutcome {
    const { stream } = this;
    if (!found || found.bytes > this.#roomBytes) {
      return { ...accepted(stream, version, []), eventsOmitted: count };
    }
    this.#answeredBytes += found.bytes;
    return accepted(stream, version, found.events);
  }

  /** What the response of the call has room for. */
  get #roomBytes(): number {
    return PAGE_BYTES_MAX - this.#answeredBytes;
  }

  /** @throws when `evolve` throws; none of the events is then appended */
  append(events: readonly AppendedEvent[]): void {
    const last = events.at(-1)?.event;
    if (!last) return;
    const { image } = this.#storage;
    const { version, recordedAt, id, type } = last;
    const state = evolved(image.aggregate, this.state, events);
    const snapshot = image.snapshotDue({ version, state }, this.#snapshots.at(-1)?.version);
    if (snapshot) this.#snapshots.push(snapshot);
    this.#appended.push(...events);
    this.#storedBytes += bytesOf(events);
    this.#state = state;
    this.#head = { version, recordedAtMs: Date.parse(recordedAt), id, type };
  }

  /**
   * Discards the state, which the domain code of a command that threw may have mutated: the next use reads the log
   * again and folds the events of this unit.
   */
  discardState(): void {
    this.#storage.image.discard();
    this.#isStateCurrent = false;
  }

  /** Ends the due timer before its command runs, because that may set the same timer again. */
  endTimer(id: string): void {
    this.#ended.push(id);
  }

  changeTimer(timer: Timer, setting: TimerSetting): void {
    this.#timers.push({ timer, setting });
  }

  get isEmpty(): boolean {
    return (
      [this.#appended, this.#ended, this.#timers].every(({ length }) => length === 0) &&
      this.#keptRecords().length === 0
    );
  }

  /** Runs inside a transaction. */
  write(): void {
    const { log, records, image, timers, actions, subjectKeys } = this.#storage;
    if (this.#appended.length > 0) log.append(this.#appended);
    subjectKeys.follow(this.events);
    actions.follow(this.events);
    for (const snapshot of this.#snapshots) image.keepSnapshot(snapshot);
    for (const id of this.#ended) timers.remove(id);
    for (const { timer, setting } of this.#timers) changeTimers(timers, timer, setting);
    const kept = this.#keptRecords();
    if (kept.length > 0) records.record(kept);
  }

  /**
   * All records, or a limited number for a stream without events: an address without a stream then takes bounded
   * storage, and a repeat of a rejected command may be decided again.
   */
  #keptRecords(): [string, CommandRecord][] {
    const records = [...this.#records];
    if (records.length === 0 || this.#head.version > 0 || this.#timers.length > 0) return records;
    const room = OUTCOMES_ALONE_MAX - this.#storage.records.count();
    return records.slice(0, Math.max(room, 0));
  }

  /** Must be called after the commit: memory must not run ahead of the log. */
  remember(): void {
    if (!this.#isStateCurrent) return;
    this.#storage.image.advance({ version: this.#head.version, state: this.#state });
  }

  #recalled(recorded: RecordedOutcome): RepeatableOutcome {
    if (recorded.outcome === 'rejected') return { ...recorded, stream: this.stream };
    const { log, image } = this.#storage;
    const { version, events } = recorded;
    const after = version - events;
    const first = after - this.#storedHead.version;
    if (first < 0) {
      const found = log.eventsWithin(after, version, this.#roomBytes);
      const lifted = (stored: StoredEvent) => newestShape(image.aggregate.events, stored);
      return this.answer(recorded, found && { ...found, events: found.events.map(lifted) });
    }
    return this.answer(recorded, sized(this.#appended.slice(first, first + events)));
  }
}

/** Appended events, as a response has them. */
export function sized(appended: readonly AppendedEvent[]): SizedEvents {
  return { events: appended.map(({ event }) => event), bytes: bytesOf(appended) };
}

function bytesOf(appended: readonly AppendedEvent[]): number {
  return appended.reduce((sum, { bytes }) => sum + bytes, 0);
}

function evolved(
  aggregate: Aggregate,
  state: unknown,
  appended: readonly AppendedEvent[],
): unknown {
  return appended.reduce(
    (before, { event: { type, schemaVersion }, text }) =>
      fold(aggregate, before, [{ type, schemaVersion, data: JSON.parse(text) }]),
    state,
  );
}
