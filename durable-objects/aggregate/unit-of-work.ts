/**
 * What the commands of one call lead to, held in memory until all of it is stored in one transaction: each command
 * sees what those before it decided. Made by the aggregate's object for every call, filled by execute-command.
 */
import { type Aggregate, asStored, evolve } from '../../core/aggregate.ts';
import type { Command } from '../../core/command.ts';
import type { Timer } from '../../core/decision.ts';
import { newestShape, type StoredEvent } from '../../core/event.ts';
import { type AcceptedOutcome, accepted, type RejectedOutcome } from '../../core/outcome.ts';
import { changeTimers, type TimerSetting } from '../../core/timers.ts';
import type { CommandRecord, EventLog, Head, RecordedOutcome } from './event-log.ts';
import type { AppendedEvent } from './event-rows.ts';
import type { MemoryImage, TakenSnapshot } from './memory-image.ts';
import type { Timers } from './timers.ts';

/** Where the aggregate keeps what it has. */
export interface Storage {
  readonly log: EventLog;
  readonly image: MemoryImage;
  readonly timers: Timers;
}

/** An outcome that a repeat of the command gets again. */
export type KeptOutcome = AcceptedOutcome | RejectedOutcome;

export class UnitOfWork {
  readonly #appended: AppendedEvent[] = [];
  readonly #storage: Storage;
  readonly #known: ReadonlyMap<string, CommandRecord>;
  /** Of this unit's own commands. */
  readonly #outcomes = new Map<string, { fingerprint: string; outcome: KeptOutcome }>();
  readonly #ended: string[] = [];
  readonly #timers: { timer: Timer; setting: TimerSetting }[] = [];
  readonly #snapshots: TakenSnapshot[] = [];
  #state: unknown;
  #isStateCurrent = true;
  #head: Head;

  /** Reads all that the commands need to know. */
  constructor(storage: Storage, commands: readonly Command[]) {
    this.#storage = storage;
    const { state, head } = storage.image.current();
    this.#state = state;
    this.#head = head;
    this.#known = storage.log.commandRecords(commands.flatMap((one) => one.idempotencyKey ?? []));
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

  get head(): Head {
    return this.#head;
  }

  /** What a command under this key led to. */
  outcomeOf(key: string): { fingerprint: string; outcome: KeptOutcome } | undefined {
    const known = this.#known.get(key);
    if (!known) return this.#outcomes.get(key);
    return { fingerprint: known.fingerprint, outcome: this.#recalled(known.outcome) };
  }

  keep(key: string, fingerprint: string, outcome: KeptOutcome): void {
    this.#outcomes.set(key, { fingerprint, outcome });
  }

  /** @throws when `evolve` cannot take the events: nothing of them is kept then */
  append(events: readonly AppendedEvent[]): void {
    const last = events.at(-1)?.event;
    if (!last) return;
    const { image } = this.#storage;
    const { version, recordedAt } = last;
    const state = evolved(image.aggregate, this.state, events);
    const snapshot = image.snapshotDue({ version, state }, this.#snapshots.at(-1)?.version);
    if (snapshot) this.#snapshots.push(snapshot);
    this.#appended.push(...events);
    this.#state = state;
    this.#head = { version, recordedAtMs: Date.parse(recordedAt) };
  }

  /**
   * A command has thrown, and its domain code may have changed the state in place: the next use reads it again, from
   * the log and from what the commands before it decided.
   */
  discardState(): void {
    this.#storage.image.discard();
    this.#isStateCurrent = false;
  }

  /** The timer whose time has come. Ended first: the command that it brings may set it anew. */
  endTimer(id: string): void {
    this.#ended.push(id);
  }

  changeTimer(timer: Timer, setting: TimerSetting): void {
    this.#timers.push({ timer, setting });
  }

  get isEmpty(): boolean {
    return (
      [this.#appended, this.#ended, this.#timers].every(({ length }) => length === 0) &&
      this.#outcomes.size === 0
    );
  }

  /** Runs inside a transaction. */
  write(): void {
    const { log, image, timers } = this.#storage;
    if (this.#appended.length > 0) log.append(this.#appended);
    for (const snapshot of this.#snapshots) image.keepSnapshot(snapshot);
    for (const id of this.#ended) timers.remove(id);
    for (const { timer, setting } of this.#timers) changeTimers(timers, timer, setting);
    if (this.#outcomes.size > 0) log.recordCommands(this.#records());
  }

  /** Called after the commit, never before: memory must not run ahead of the log. */
  remember(): void {
    if (!this.#isStateCurrent) return;
    this.#storage.image.advance({ version: this.#head.version, state: this.#state });
  }

  #records(): Map<string, CommandRecord> {
    return new Map(
      Array.from(this.#outcomes, ([key, { fingerprint, outcome }]) => [
        key,
        { fingerprint, outcome: recordOf(outcome) },
      ]),
    );
  }

  #recalled(recorded: RecordedOutcome): KeptOutcome {
    const { log, image } = this.#storage;
    if (recorded.outcome === 'rejected') return { ...recorded, stream: log.stream };
    const { version, events } = recorded;
    const appended = events === 0 ? [] : log.page({ after: version - events, limit: events });
    const newest = appended.map((event) => newestShape(image.aggregate.events, event));
    return accepted(log.stream, version, newest);
  }
}

function evolved(
  aggregate: Aggregate,
  state: unknown,
  appended: readonly AppendedEvent[],
): unknown {
  return appended.reduce(
    (before, { event: { type }, text }) => evolve(aggregate, before, asStored({ type, text })),
    state,
  );
}

function recordOf(outcome: KeptOutcome): RecordedOutcome {
  const { version } = outcome;
  if (outcome.outcome === 'accepted') {
    return { outcome: 'accepted', version, events: outcome.events.length };
  }
  const { reason, details } = outcome;
  return { outcome: 'rejected', version, reason, details };
}
