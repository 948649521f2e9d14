/**
 * What the commands of one call lead to, held in memory until all of it is stored in one transaction: each command
 * sees what those before it decided. Made by the aggregate's object for every call, filled by execute-command.
 */
import { type CheckedEvent, evolve } from '../../core/aggregate.ts';
import type { Command } from '../../core/command.ts';
import type { Timer } from '../../core/decision.ts';
import type { StoredEvent } from '../../core/event.ts';
import { type AcceptedOutcome, accepted, type RejectedOutcome } from '../../core/outcome.ts';
import { changeTimers, type TimerSetting } from '../../core/timers.ts';
import type { CommandRecord, EventLog, Head, RecordedOutcome } from './event-log.ts';
import type { AggregateState, MemoryImage } from './memory-image.ts';
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
  readonly events: StoredEvent[] = [];
  readonly #storage: Storage;
  readonly #known: ReadonlyMap<string, CommandRecord>;
  /** Of this unit's own commands. */
  readonly #outcomes = new Map<string, { fingerprint: string; outcome: KeptOutcome }>();
  readonly #ended: string[] = [];
  readonly #timers: { timer: Timer; setting: TimerSetting }[] = [];
  readonly #states: AggregateState[] = [];
  #state: unknown;
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
    return this.#state;
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
  append(checked: readonly CheckedEvent[], events: readonly StoredEvent[]): void {
    const { aggregate } = this.#storage.image;
    this.#state = checked.reduce((state, event) => evolve(aggregate, state, event), this.#state);
    this.events.push(...events);
    const last = events.at(-1);
    if (!last) return;
    this.#head = { version: last.version, recordedAtMs: Date.parse(last.recordedAt) };
    this.#states.push({ version: last.version, state: this.#state });
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
      [this.events, this.#ended, this.#timers].every(({ length }) => length === 0) &&
      this.#outcomes.size === 0
    );
  }

  /** Runs inside a transaction. */
  write(): void {
    const { log, image, timers } = this.#storage;
    if (this.events.length > 0) log.append(this.events);
    for (const state of this.#states) image.snapshotIfDue(state);
    for (const id of this.#ended) timers.remove(id);
    for (const { timer, setting } of this.#timers) changeTimers(timers, timer, setting);
    if (this.#outcomes.size > 0) log.recordCommands(this.#records());
  }

  /** Called after the commit, never before: memory must not run ahead of the log. */
  remember(): void {
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
    const { log } = this.#storage;
    if (recorded.outcome === 'rejected') return { ...recorded, stream: log.stream };
    const { version, events } = recorded;
    const appended = events === 0 ? [] : log.page({ after: version - events, limit: events });
    return accepted(log.stream, version, appended);
  }
}

function recordOf(outcome: KeptOutcome): RecordedOutcome {
  const { version } = outcome;
  if (outcome.outcome === 'accepted') {
    return { outcome: 'accepted', version, events: outcome.events.length };
  }
  const { reason, details } = outcome;
  return { outcome: 'rejected', version, reason, details };
}
